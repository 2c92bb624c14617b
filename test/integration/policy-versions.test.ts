/**
 * Policies published while calls run, on real Kafka: two lanes, all enrichers, a bad one from a foreign
 * producer, a router killed at the change, a roll-back. What governed each call is held against its
 * append time; every decision is decided again from the topics.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyPublished } from '../../schemas/records.ts'
import { replay } from '../../services/audit/replay.ts'
import { hash } from '../../services/platform/hash.ts'
import { loadPolicy, loadPolicyFile } from '../../services/policy/load.ts'
import { openWorld, type Sent, type Service, startServices, type World } from './world/world.ts'

const PACE_MS = 25

let world: World
let services: Map<string, Service>
let folder: string
/** No rule is for this one: the default decides. */
let caller: string
const file = loadPolicyFile('policy/policy.yaml')
/** Another window, another timeout for one dependency, and another default: each is seen in records. */
const nextText = file.text
  .replace('windowMs: 2500', 'windowMs: 2600')
  .replace('timeoutMs: 2000', 'timeoutMs: 1500')
  .replace(/^(default:\s+target: )general$/mu, '$1support-1')
const next = loadPolicy(nextText, { file: 'next' })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crosspoint-versions-'))
  writeFileSync(join(folder, 'next.yaml'), nextText)
  world = await openWorld()
  caller = world.callers.plain().phone
  services = new Map(await startServices(world))
  services.set('backup', await world.start('router', { LANE: 'backup' }))
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** Calls come until one arrived that fits; gives all of them. */
async function arriveUntil(enough: (last: Sent) => boolean): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  for (;;) {
    const one = await world.arrive({ ani: caller })
    sent.push(one)
    if (enough(one)) return sent
    await delay(PACE_MS)
  }
}

function published(): readonly { value: PolicyPublished; appendedAt: number }[] {
  return world.witness
    .all('ops.policy')
    .map(({ value, record }) => ({ value, appendedAt: record.appendedAt }))
}

const publish = (...args: readonly string[]): Promise<void> =>
  world.crosspoint('policy', 'publish', ...args, '--author', 'jo', '--reason', 'test')

/** What should have governed each call: what was published, by the rule in one line. */
function versionFor(arrivedAt: number): string {
  const active = published()
    .filter(({ value }) => [file.version, next.version].includes(hash(value.text)))
    .filter(
      ({ value, appendedAt }) =>
        value.policyVersion === hash(value.text) && value.activeFrom >= appendedAt + 4950,
    )
    .filter(({ value }) => value.activeFrom <= arrivedAt)
    .toSorted((a, b) => a.value.activeFrom - b.value.activeFrom)
  return active.at(-1)?.value.policyVersion ?? file.version
}

const counted = async (name: string, metric: string): Promise<number> => {
  const page = (await services.get(name)?.metrics()) ?? ''
  return Number(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\d+)`, 'mu').exec(page)?.[1] ?? Number.NaN)
}

const decided = async (calls: readonly Sent[]): Promise<void> => {
  for (const { callId } of calls) await world.decisionOf(callId)
}

/** Decisions of these calls, all lanes. */
function decisionsOf(calls: readonly Sent[]) {
  const ids = new Set(calls.map(({ callId }) => callId))
  return world.witness.all('call.routed').filter(({ value }) => ids.has(value.callId))
}

describe('a policy published under load', () => {
  let calls: readonly Sent[]
  let activeFrom: number

  beforeAll(async () => {
    const publishing = publish(join(folder, 'next.yaml'), '--in', '8s')
    const before = await arriveUntil(() => published().length > 0)
    activeFrom = published()[0]?.value.activeFrom ?? 0
    const upTo = await arriveUntil(({ appendedAt }) => appendedAt > activeFrom - 1500)
    // The backup lane has to be at one with the primary about who is governed by what.
    await services.get('router')?.kill()
    const across = await arriveUntil(({ appendedAt }) => appendedAt > activeFrom + 2000)
    services.set('router', await world.start('router'))
    await publishing
    calls = [...before, ...upTo, ...across]
    await decided(calls)
  })

  it('governs exactly the calls that arrived from its moment on, in both lanes', () => {
    const decisions = decisionsOf(calls).map(({ value }) => value)
    const wrong = decisions.filter(
      ({ arrivedAt, policyVersion }) =>
        policyVersion !== (arrivedAt >= activeFrom ? next.version : file.version),
    )
    expect(wrong).toEqual([])
    const met = new Set(decisions.map(({ lane, policyVersion }) => `${lane} ${policyVersion}`))
    expect(met).toContain(`PRIMARY ${file.version}`)
    expect(met).toContain(`BACKUP ${next.version}`)
    const targets = decisions.map(({ arrivedAt, target }) => [arrivedAt >= activeFrom, target.id])
    expect(targets).toContainEqual([false, 'general'])
    expect(targets).toContainEqual([true, 'support-1'])
  })

  it('governs what enrichers ask of those calls', () => {
    const arrivedAt = new Map(calls.map(({ callId, appendedAt }) => [callId, appendedAt]))
    const budgets = world.witness.all('call.lookup').flatMap(({ value }) => {
      const at = arrivedAt.get(value.callId)
      if (value.dependency !== 'crm' || at === undefined) return []
      return [`${at >= activeFrom ? 'after' : 'before'} ${value.budgetMs}`]
    })
    expect(new Set(budgets)).toEqual(new Set(['before 2000', 'after 1500']))
  })

  it('has its text in audit.policy before the first decision by it', () => {
    const kept = world.witness
      .all('audit.policy')
      .filter(({ value }) => value.policyVersion === next.version)
    const first = decisionsOf(calls)
      .filter(({ value }) => value.policyVersion === next.version)
      .map(({ record }) => record.appendedAt)
    expect(kept[0]?.value).toMatchObject({ text: nextText, author: 'jo', reason: 'test' })
    expect(kept[0]?.record.appendedAt).toBeLessThan(Math.min(...first))
  })
})

describe('a bad policy from a foreign producer', () => {
  it('is refused by all, counted, and calls go on by the one before', async () => {
    const append = (value: Uint8Array) =>
      world.producer.append({ topic: 'ops.policy', partition: 0, key: 'foreign', value })
    const foreign = (text: string, more: Partial<PolicyPublished> = {}) =>
      append(
        world.codec.encode('ops.policy', {
          policyVersion: hash(text),
          policyName: 'example',
          text,
          activeFrom: Date.now() + 6000,
          author: '',
          reason: '',
          publishedAt: Date.now(),
          ...more,
        }),
      )
    await append(new TextEncoder().encode('{"policy":"example"}'))
    await foreign('policy: [example')
    await foreign(nextText.replace('target: support-1', 'target: nowhere'))
    await foreign(file.text, { policyVersion: hash('another text') })
    const last = await foreign(file.text, { activeFrom: Date.now() + 1000 })
    const calls = await arriveUntil(({ appendedAt }) => appendedAt > last.appendedAt + 7000)
    await decided(calls)
    expect(new Set(decisionsOf(calls).map(({ value }) => value.policyVersion))).toEqual(
      new Set([next.version]),
    )
    const refused = await Promise.all(
      ['router', 'backup', 'enricher crm', 'enricher priority'].map((name) =>
        counted(name, 'crosspoint_policy_refused_total'),
      ),
    )
    expect(refused).toEqual([5, 5, 5, 5])
  })
})

describe('a roll-back', () => {
  it('is a publish of an older version, for services that run and that start later', async () => {
    const count = published().length
    await publish('--version', file.version.slice(0, 10), '--in', '6s')
    const { activeFrom, policyVersion } = await world.witness.until(
      'the older version in ops.policy',
      () => published()[count]?.value,
    )
    expect(policyVersion).toBe(file.version)
    services.set('second', await world.start('router'))
    const calls = await arriveUntil(({ appendedAt }) => appendedAt > activeFrom + 500)
    await decided(calls)
    const wrong = decisionsOf(calls).filter(
      ({ value }) => value.policyVersion !== versionFor(value.arrivedAt),
    )
    expect(wrong.map(({ value }) => [value.arrivedAt - activeFrom, value.policyVersion])).toEqual(
      [],
    )
    expect(decisionsOf(calls).at(-1)?.value.policyVersion).toBe(file.version)
  })
})

describe('across all versions', () => {
  it('every decision decides to itself again, byte for byte (I7)', async () => {
    await world.witness.until('the audit of every call', () => {
      const audited = new Set(world.witness.all('audit.decision').map(({ value }) => value.callId))
      return world.sent.every(({ callId }) => audited.has(callId)) ? true : null
    })
    const texts = new Map(
      world.witness.all('audit.policy').map(({ value }) => [value.policyVersion, value.text]),
    )
    const policies = new Map(
      [...texts].map(([version, text]) => [version, loadPolicy(text, { file: version })]),
    )
    const policyOf = (version: string) => policies.get(version) ?? null
    const decisions = world.witness.all('audit.decision').map(({ value }) => value)
    expect(new Set(decisions.map(({ policyVersion }) => policyVersion)).size).toBe(2)
    const problems = decisions.map((one) => replay(one, { policyOf, hash })).filter(Boolean)
    expect(problems).toEqual([])
    // Exits with 1 when a record does not give itself again.
    await world.crosspoint('what-if')
  })
})
