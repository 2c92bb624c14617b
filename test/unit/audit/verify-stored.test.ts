/** The verdict over topics alone: a record that is missing or altered is named, a range keeps to it. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type {
  DecisionAudited,
  FallbackApplied,
  LookupArrivedLate,
} from '../../../schemas/records.ts'
import { digestOf } from '../../../services/audit/replay.ts'
import { verifyStored, type VerifyRange } from '../../../services/audit/verify/stored.ts'
import { hash } from '../../../services/platform/hash.ts'
import { storedTopics } from './stored.ts'
import { applied, arrival, decision, routed, wholeEvidence } from './world.ts'

const [late] = wholeEvidence().topics.late.flatMap((one) => (one.value === null ? [] : [one.value]))
const answers = wholeEvidence().topics.lookups.flatMap((one) =>
  one.value === null ? [] : [one.value],
)
const seal = (one: DecisionAudited): DecisionAudited => ({ ...one, digest: digestOf(one, hash) })
const EVERYTHING: VerifyRange = { fromMs: null, toMs: null }

interface Planted {
  readonly decision?: (whole: DecisionAudited) => DecisionAudited
  readonly fallback?: (whole: FallbackApplied) => FallbackApplied | null
  readonly late?: null | ((whole: LookupArrivedLate) => LookupArrivedLate)
}

/** Stores one call as it should be stored, but for what is planted. Gives its append time. */
function storeCall(
  topics: ReturnType<typeof storedTopics>,
  callId: string,
  planted: Planted = {},
  partition = 0,
): number {
  const ids = { callId, requestNo: 1 }
  const stored = topics.put('call.arrived', { ...arrival, ...ids }, partition, callId)
  const arrivedAt = stored.appendedAt
  const times = { arrivedAt, decideBy: arrivedAt + 2500, decidedAt: arrivedAt }
  const [timeout, answer] = answers
  if (timeout === undefined || answer === undefined) throw new Error('no lookups')
  const settled = topics.put('call.lookup', { ...timeout, ...ids }, partition, callId)
  const decided = {
    ...routed,
    ...ids,
    ...times,
    decisionId: `d-${callId}`,
    arrivalAt: { ...routed.arrivalAt, partition, offset: stored.offset },
    lookups: routed.lookups.map((one) => ({
      ...one,
      settledAt: settled.appendedAt,
      settledOffset: settled.offset,
    })),
  }
  const { offset, appendedAt } = topics.put('call.routed', decided, partition, callId)
  const { context: _c, callerAuth: _a, summary: _s, transferOf: _t, ...kept } = decided
  const routedAt = { ...decision.routedAt, partition, offset }
  const audited = seal({ ...decision, ...kept, routedAt, appendedAt })
  topics.put('audit.decision', planted.decision?.(audited) ?? audited, partition, callId)
  const { decisionId } = decided
  const reason = { ...applied, ...ids, decisionId, arrivedAt, appendedAt, eventId: `e-${callId}` }
  const fallback = planted.fallback === undefined ? reason : planted.fallback(reason)
  if (fallback !== null) topics.put('audit.fallback', fallback, partition, callId)
  const came = topics.put('call.lookup', { ...answer, ...ids }, partition, callId)
  if (late !== undefined && planted.late !== null) {
    const lookupAt = { ...late.lookupAt, partition, offset: came.offset }
    const lateByMs = came.appendedAt - appendedAt
    const told = { ...late, ...ids, decisionId, arrivedAt, lookupAt, lateByMs }
    topics.put('audit.late', planted.late?.(told) ?? told, partition, callId)
  }
  return arrivedAt
}

async function later(topics: ReturnType<typeof storedTopics>, ms: number): Promise<void> {
  topics.time.after(ms, () => undefined)
  await topics.time.run()
}

async function breachesOf(topics: ReturnType<typeof storedTopics>, range = EVERYTHING) {
  const verdicts = await topics.read((source) => verifyStored(source, range, 50))
  return Object.fromEntries(
    verdicts.map(({ id, breaches }) => [id, breaches.map(({ what }) => what)]),
  )
}

describe('verify over the topics names', () => {
  test('nothing in what is whole but that the text of the policy is not stored', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    const { I4: _noWindow, I7, ...rest } = await breachesOf(topics)
    expect(Object.values(rest).flat()).toEqual([])
    expect(I7?.[0]).toContain('no text of policy v1')
  })

  test('texts of policies that can not be loaded, or are not what their version names', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    const published = { policyName: 'p', activeFrom: 0, author: 'a', reason: '', publishedAt: 0 }
    const texts = {
      v1: readFileSync('policy/policy.yaml', 'utf8'),
      v0: 'policy: of an older program',
    }
    for (const [policyVersion, text] of Object.entries(texts)) {
      topics.put('audit.policy', { ...published, policyVersion, text }, 0, policyVersion)
    }
    const { I7, ...rest } = await breachesOf(topics)
    expect(I7?.[0]).toContain('no text of policy v1')
    expect(rest).toMatchObject({ I1: [], I2: [], I5: [] })
  })

  test('a reason that was removed, with the place of its decision', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    storeCall(topics, 'b', { fallback: () => null })
    expect((await breachesOf(topics))['I5']).toEqual([
      'CRM_TIMEOUT of b#1 (call.routed 0/1) is missing from audit.fallback',
    ])
  })

  test('the fields of a reason that were altered', async () => {
    const topics = storedTopics()
    const fallback = (one: FallbackApplied) => ({ ...one, waitedMs: 5, callerMasked: null })
    storeCall(topics, 'a', { fallback })
    expect((await breachesOf(topics))['I5']).toEqual([
      'CRM_TIMEOUT of a#1 (call.routed 0/0) is told differently in audit.fallback: waitedMs, callerMasked',
    ])
  })

  test('the fields of a decision that were altered, also under a digest made anew', async () => {
    const topics = storedTopics()
    const alter = (one: DecisionAudited) => seal({ ...one, priority: 1, callerToken: 'other' })
    storeCall(topics, 'a')
    storeCall(topics, 'b', { decision: alter })
    expect((await breachesOf(topics))['I7']).toContain(
      'b#1 (audit.decision 0/1) differs from call.routed 0/1: priority, callerToken',
    )
  })

  test('a decision that was altered after call.routed was deleted, by its digest', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a', { decision: (one) => ({ ...one, lookups: [] }) })
    topics.broker.trim('call.routed', 0, 1)
    expect((await breachesOf(topics))['I7']).toEqual([
      'a#1 (audit.decision 0/0) replays differently: the record was altered',
    ])
  })

  test('a late answer that was removed, with its place', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a', { late: null })
    expect((await breachesOf(topics))['I6']).toEqual([
      'the late answer of crm to a#1 (call.lookup 0/1) is missing from audit.late',
    ])
  })

  test('the fields of a late answer that were altered', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a', { late: (one) => ({ ...one, outcome: 'NO_MATCH', lateByMs: 9 }) })
    expect((await breachesOf(topics))['I6']).toEqual([
      'the late answer of crm to a#1 (call.lookup 0/1) is told differently in audit.late: outcome, lateByMs',
    ])
  })
})

describe('partition by partition', () => {
  test('no more than one is held, and each is judged', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a', { fallback: () => null })
    storeCall(topics, 'b', { fallback: () => null }, 1)
    const held: (readonly number[] | undefined)[] = []
    const verdicts = await topics.read((source) => {
      const read: typeof source.reader.read = (options, onBatch) => {
        if (options.topics.some((topic) => topic.startsWith('call.'))) held.push(options.partitions)
        return source.reader.read(options, onBatch)
      }
      return verifyStored({ ...source, reader: { read } }, EVERYTHING, 50)
    })
    expect(held.every((partitions) => partitions?.length === 1)).toBe(true)
    expect(new Set(held.flat())).toEqual(new Set([0, 1]))
    const missing = verdicts.find(({ id }) => id === 'I5')
    expect(missing).toMatchObject({ checked: 2, holds: false })
    expect(missing?.breaches.map(({ callId }) => callId)).toEqual(['a', 'b'])
  })
})

describe('callers', () => {
  const ANI = '+493012345678'

  test('whose number stands in a record of another partition are found, once', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    const other = { ...arrival, callId: 'b', ani: ANI }
    topics.put('call.arrived', other, 1, 'b')
    expect((await breachesOf(topics))['I10']).toEqual([])
    const published = { policyName: 'p', activeFrom: 0, author: 'a', reason: '', publishedAt: 0 }
    topics.put('audit.policy', { ...published, policyVersion: 'v', text: ANI }, 0, 'v')
    storeCall(topics, 'c', { fallback: (one) => ({ ...one, callerMasked: ANI }) })
    expect((await breachesOf(topics))['I10']).toEqual([
      "audit.fallback holds 1 callers' numbers in clear",
      "audit.policy holds 1 callers' numbers in clear",
    ])
  })
})

describe('the policy that governed', () => {
  const text = readFileSync('policy/policy.yaml', 'utf8')
  const policyVersion = hash(text)

  /** A call that went by v1, so long after the example was published to govern ten seconds later. */
  async function judgedAfter(ms: number): Promise<readonly string[]> {
    const topics = storedTopics()
    const publishedAt = topics.time.nowMs()
    const version = { policyVersion, policyName: 'example', author: 'jo', reason: '', text }
    const moment = { publishedAt, activeFrom: publishedAt + 10_000 }
    topics.put('ops.policy', { ...version, ...moment }, 0, policyVersion)
    await later(topics, ms)
    storeCall(topics, 'a')
    return (await breachesOf(topics))['I7'] ?? []
  }

  test('is named with a decision that went by another', async () => {
    expect(await judgedAfter(10_000)).toEqual([
      `a#1 (audit.decision 0/0) went by policy v1; ${policyVersion.slice(0, 8)} governed its arrival`,
    ])
    expect((await judgedAfter(9999)).filter((what) => what.includes('governed'))).toEqual([])
  })
})

describe('what is no longer kept', () => {
  const verdictsOf = async (topics: ReturnType<typeof storedTopics>) => {
    const verdicts = await topics.read((source) => verifyStored(source, EVERYTHING, 50))
    return Object.fromEntries(verdicts.map((one) => [one.id, one]))
  }

  test('arrivals and lookups that were deleted are no breach, and are counted', async () => {
    const topics = storedTopics()
    for (const callId of ['a', 'b']) storeCall(topics, callId)
    topics.broker.trim('call.arrived', 0, 1)
    topics.broker.trim('call.lookup', 0, 2)
    const { I1, I3, I5, I6, I8 } = await verdictsOf(topics)
    expect([I1, I3, I5, I6, I8].flatMap((one) => one?.breaches)).toEqual([])
    expect([I1?.checked, I3?.checked, I3?.beyond, I5?.checked]).toEqual([1, 1, 1, 2])
  })

  test('with nothing but the audit left its own promises are still judged', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    storeCall(topics, 'b', { fallback: () => null })
    topics.broker.trim('call.arrived', 0, 2)
    topics.broker.trim('call.lookup', 0, 4)
    topics.broker.trim('call.routed', 0, 2)
    const { I1, I2, I3, I4, I5 } = await verdictsOf(topics)
    for (const gone of [I1, I2, I3, I4]) {
      expect(gone).toMatchObject({ holds: true, checked: 0, beyond: 2, breaches: [] })
    }
    expect(I5?.breaches.map(({ what }) => what)).toEqual([
      'CRM_TIMEOUT of b#1 (audit.decision 0/1) is missing from audit.fallback',
    ])
  })

  test('a decision that only the audit knows is named while call.routed is kept', async () => {
    const topics = storedTopics()
    storeCall(topics, 'a')
    const invented = seal({
      ...decision,
      callId: 'z',
      routedAt: { ...decision.routedAt, offset: 7 },
    })
    topics.put('audit.decision', invented, 0, 'z')
    expect((await breachesOf(topics))['I7']).toContain(
      'z#1 (audit.decision 0/1) tells of a decision that is not in call.routed 0/7',
    )
  })
})

describe('a range', () => {
  test('judges the calls that came in it, however late their records', async () => {
    const topics = storedTopics()
    const at: number[] = []
    for (const callId of ['a', 'b', 'c']) {
      at.push(storeCall(topics, callId, { fallback: () => null }))
      await later(topics, 10_000)
    }
    const missing = async (fromMs: number | null, toMs: number | null) =>
      (await breachesOf(topics, { fromMs, toMs }))['I5']?.map((what) => what.split(' ')[2])
    const [, second = 0, third = 0] = at
    expect(await missing(second, third)).toEqual(['b#1'])
    expect(await missing(second, null)).toEqual(['b#1', 'c#1'])
    expect(await missing(null, second)).toEqual(['a#1'])
    const bounded = await breachesOf(topics, { fromMs: second, toMs: third })
    expect([bounded['I1'], bounded['I2'], bounded['I3'], bounded['I6']]).toEqual([[], [], [], []])
  })
})
