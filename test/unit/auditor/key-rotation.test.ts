/** A new TOKEN_KEY while routers and auditors run: no record mixes keys, and all decide to themselves. */
import { describe, expect, test } from 'vitest'
import type { DecisionAudited } from '../../../schemas/records.ts'
import { digestOf, replay } from '../../../services/audit/replay.ts'
import { type EvidenceContext, evidenceOf } from '../../../services/auditor/core/evidence.ts'
import { lateRecord } from '../../../services/auditor/core/late.ts'
import { canonical } from '../../../services/domain/canonical.ts'
import { hash } from '../../../services/platform/hash.ts'
import { createKeyring, createPrivacy } from '../../../services/platform/privacy.ts'
import { arrived, core, dependencies, settled, T0 } from '../router/core-world.ts'
import { lookup, policy } from '../router/shell-world.ts'

const [OLD, NEW] = ['old', 'new'].map((id) => ({ id, secret: `${id} `.repeat(10) })) as [
  { id: string; secret: string },
  { id: string; secret: string },
]
const before = createPrivacy(OLD)
const after = createPrivacy(NEW)
const policyOf = (version: string) => (version === policy.version ? policy : null)
const facts = { customerId: 'c-17', tier: 'STANDARD', language: 'de' }

/** A decision by a router that has the old key, as it stands in call.routed. */
function routedWith(ani: string | null) {
  const { run, decisions } = core({ privacy: before })
  run(arrived(0, 'call-1', T0, { ani, ced: '4711' }), T0 + 1)
  for (const [index, dependency] of dependencies.entries()) {
    const more = dependency === 'crm' ? { outcome: 'FOUND' as const, facts } : {}
    run(settled(index, 'call-1', dependency, T0 + 2 + index, more), T0 + 3 + index)
  }
  const [decision] = decisions()
  if (decision === undefined) throw new Error('not decided')
  return { decision, partition: 3, offset: 0, appendedAt: T0 + 20 }
}

const contextOf = (context: Partial<EvidenceContext>): EvidenceContext => ({
  policyOf,
  privacy: after,
  hash,
  ...context,
})
const withBoth = contextOf({ privacyOf: createKeyring(NEW, [OLD]) })
const withNewAlone = contextOf({ privacyOf: createKeyring(NEW, []) })
const withOld = contextOf({ privacy: before, privacyOf: createKeyring(OLD, [NEW]) })

function auditedBy(context: EvidenceContext, ani: string | null = '+4915112345678') {
  const [first] = evidenceOf(routedWith(ani), true, context)
  return first?.value as DecisionAudited
}
const crmOf = ({ lookups }: DecisionAudited) =>
  lookups.find(({ dependency }) => dependency === 'crm')?.facts

describe('a decision from before the change, audited after it', () => {
  test('has all its tokens by the key that its router had', () => {
    const audited = auditedBy(withBoth)
    expect(audited).toMatchObject({
      callerToken: before.token('+4915112345678'),
      tokenKeyId: 'old',
      arrival: { ced: before.token('4711') },
      factsKeyId: 'old',
    })
    expect(crmOf(audited)).toMatchObject({ customerId: before.token('c-17'), tier: 'STANDARD' })
  })

  test('is the same to the byte, whichever of two auditors tells it', () => {
    expect(canonical(auditedBy(withBoth))).toBe(canonical(auditedBy(withOld)))
  })

  test('names the key of its facts where the auditor has only its own', () => {
    const audited = auditedBy(withNewAlone)
    expect(audited).toMatchObject({ tokenKeyId: 'old', factsKeyId: 'new' })
    expect(audited.arrival['ced']).toBe(before.token('4711'))
    expect(crmOf(audited)?.['customerId']).toBe(after.token('c-17'))
  })

  test('keeps to its key also when the caller has no token', () => {
    expect(auditedBy(withBoth, null)).toMatchObject({
      callerToken: null,
      tokenKeyId: 'old',
      factsKeyId: 'old',
    })
  })

  test.each([
    ['both keys', withBoth],
    ['the new key alone', withNewAlone],
    ['the old key', withOld],
  ])('decides to itself again, audited with %s (I7)', (_name, context) => {
    expect(replay(auditedBy(context), { policyOf, hash })).toBeNull()
  })

  test('and what came late for it is by the same key', () => {
    const routed = routedWith('+4915112345678')
    const late = { lookup: { ...lookup, facts }, partition: 3, offset: 9, appendedAt: T0 + 5000 }
    const told = lateRecord(routed, late, withBoth)
    expect(told).toMatchObject({ tokenKeyId: 'old', factsKeyId: 'old' })
    expect(told.facts['customerId']).toBe(before.token('c-17'))
    expect(lateRecord(routed, late, withNewAlone).factsKeyId).toBe('new')
  })
})

test('a record from before keys of facts were told has the digest it always had', () => {
  const { factsKeyId: _later, ...old } = auditedBy(withOld)
  const digest = hash(canonical({ ...old, digest: null }))
  const readNow: DecisionAudited = { ...old, factsKeyId: null, digest }
  expect(digestOf(readNow, hash)).toBe(digest)
  expect(digestOf({ ...readNow, factsKeyId: 'new' }, hash)).not.toBe(digest)
})
