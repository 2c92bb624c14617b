/**
 * Recordings made up from a seed: calls whose lookups answer, fail, hang or answer late, decided by
 * the router's own core and written down by the auditor's own. Under other terms the same seed gives
 * the same callers and the same systems behind: what-if can be held against what would have been.
 */
import type { CallArrived, DecisionAudited, FactValue } from '../../schemas/records.ts'
import type { LookupArrivedLate, LookupSettled } from '../../schemas/records.ts'
import { createRandom, type Random } from '../../infra/random.ts'
import { evidenceOf, type RoutedAt } from '../../services/auditor/core/evidence.ts'
import { isLateFor, type LookupAt, lateRecord } from '../../services/auditor/core/late.ts'
import { isLiveAnswer } from '../../services/domain/used-lookup.ts'
import { hash } from '../../services/platform/hash.ts'
import { createPrivacy } from '../../services/platform/privacy.ts'
import type { Policy } from '../../services/policy/policy.ts'
import type { CoreConfig } from '../../services/router/core/config.ts'
import { deadlineOf } from '../../services/router/core/deadline.ts'
import { certainVerdict, decisionOf } from '../../services/router/core/decision.ts'
import { type Request, settle as take } from '../../services/router/core/request.ts'
import { coreConfig } from './core.ts'

export interface MadeUp {
  readonly decision: DecisionAudited
  readonly late: readonly LookupArrivedLate[]
}

const T0 = Date.UTC(2026, 10, 16, 6)
const PUBLISHING_MS = 3
const PARTITIONS = 12
/** How long enrichers wait for a late answer. */
const LATE_WAIT_MS = 5000

const privacy = createPrivacy({ id: 'k1', secret: 'only for tests, only for tests!!' })

/** `count` calls from a seed, one every 3 ms or so; `first` numbers the first. */
export function* recordings(
  policy: Policy,
  { seed, count, first = 0 }: { seed: number; count: number; first?: number },
): Generator<MadeUp> {
  const limits = { openMax: 1000, earlyMax: 1000, heldBytesMax: 1_000_000 }
  const config: CoreConfig = { ...coreConfig(policy, limits), privacy }
  for (let number = first; number < first + count; number += 1) {
    const random = createRandom(Math.imul(seed, 1_000_003) + number)
    yield record(policy, { ...config, partition: number % PARTITIONS }, random, number)
  }
}

function record(policy: Policy, config: CoreConfig, random: Random, number: number): MadeUp {
  const arrivedAt = T0 + number * 3
  const arrival = arrivalOf(random.fork('arrival'), `bench-${number.toString(36)}`)
  const request = requestOf(policy, config, arrival, arrivedAt, number)
  const answers = lookupsOf(policy, request, random, number)
  const first = answers.filter(({ isFirst }) => isFirst)
  const decision = decide(request, first, config, random.fork('router'))
  const { partition } = config
  const appendedAt = decision.decidedAt + PUBLISHING_MS
  const routed: RoutedAt = { decision, partition, offset: number, appendedAt }
  const context = { policyOf: () => policy, privacy, hash }
  const [audited] = evidenceOf(routed, true, context)
  if (audited?.topic !== 'audit.decision') throw new Error('no evidence')
  const told = new Set<string>()
  const late = answers.flatMap((answer) => {
    const { lookup } = answer
    if (!isLiveAnswer(lookup) || told.has(lookup.dependency)) return []
    const at: LookupAt = { ...answer, partition }
    if (!isLateFor(decision, at)) return []
    told.add(lookup.dependency)
    return [lateRecord(routed, at, context)]
  })
  return { decision: audited.value, late }
}

function arrivalOf(random: Random, callId: string): CallArrived {
  return {
    callId,
    requestNo: 1,
    channel: 'VOICE',
    ani: `+49151${random.between(10_000_000, 99_999_999)}`,
    aniPresentation: random.chance(0.04) ? 'RESTRICTED' : 'ALLOWED',
    aniVerification: 'NOT_CHECKED',
    dnis: random.weighted([
      [9, '+4930901820010'],
      [1, '+4930901820099'],
    ]),
    language: random.weighted([
      [6, null],
      [2, 'de'],
      [1, 'en'],
      [1, 'fr'],
    ]),
    ced: random.chance(0.3) ? String(random.between(1000, 9999)) : null,
    ivrChoice: random.pick(['1', '2', '3', null]),
    ivrIntent: random.chance(0.1) ? 'billing' : null,
    virtualAgent: random.chance(0.1)
      ? { intent: 'billing', confidence: random.pick([0.2, 0.7]), summary: 'told before' }
      : null,
    callerAuth: 'NONE',
    transferOf: null,
    attributes: {},
    switchTime: null,
    decideWithinMs: random.chance(0.05) ? random.pick([900, 1500]) : null,
  }
}

function requestOf(
  policy: Policy,
  { lane, privacy: by }: CoreConfig,
  arrival: CallArrived,
  appendedAt: number,
  offset: number,
): Request {
  const { callId, requestNo } = arrival
  return {
    key: `${requestNo} ${callId}`,
    callId,
    requestNo,
    offset,
    appendedAt,
    traceparent: null,
    ...deadlineOf(appendedAt, arrival, policy, lane),
    policy,
    reading: { state: 'READABLE', arrival, inputs: policy.classify(arrival, by) },
    readAt: appendedAt,
    overdue: false,
    lookups: policy.dependencies.map(() => null),
    pending: policy.dependencies.length,
    decided: null,
    waiting: false,
    gone: false,
  }
}

interface Answer extends Omit<LookupAt, 'partition'> {
  /** The first record of its dependency: the only one that counts. */
  readonly isFirst: boolean
}

/** What the enrichers would append, in the order of append times. */
function lookupsOf(policy: Policy, request: Request, random: Random, number: number): Answer[] {
  const answers: Omit<Answer, 'offset'>[] = []
  for (const dependency of policy.dependencies) {
    const own = random.fork(dependency.name)
    const blank = blankOf(request, dependency.name)
    const tookMs = tookOf(own)
    const live = answerOf(own, blank, dependency.facts)
    const system: System = { blank, tookMs, live, remembered: own.chance(0.2) }
    const { needs } = dependency
    const needed = answers.find((one) => one.isFirst && one.lookup.dependency === needs?.dependency)
    answers.push(...settle(policy, request, dependency, system, needed))
  }
  return answers
    .toSorted((a, b) => a.appendedAt - b.appendedAt)
    .map((answer, index) => ({ ...answer, offset: number * 10 + index }))
}

/** What a system of record would do with a call, however long anybody waits. */
interface System {
  readonly blank: LookupSettled
  readonly tookMs: number | 'no enricher'
  readonly live: LookupSettled
  /** A cache would know it. */
  readonly remembered: boolean
}

/** What its enricher appends: the record that counts, and one for an answer that came late. */
function settle(
  policy: Policy,
  { appendedAt, decideBy }: Request,
  { timeoutMs, needs }: Policy['dependencies'][number],
  { blank, tookMs, live, remembered }: System,
  needed: Omit<Answer, 'offset'> | undefined,
): Omit<Answer, 'offset'>[] {
  const end = decideBy - policy.margins.enricherMs
  const answer = (lookup: LookupSettled, from: number, isFirst = true) => ({
    lookup,
    appendedAt: from + lookup.latencyMs + PUBLISHING_MS,
    isFirst,
  })
  const inTime = needed !== undefined && needed.appendedAt <= end
  if (needs !== null && (!inTime || (needed.lookup.facts[needs.fact] ?? null) === null)) {
    // Without a word of what it needs a lookup is given up when its own time ends.
    const latencyMs = inTime ? 0 : end - appendedAt
    const budgetMs = end - appendedAt
    const unmet = {
      ...blank,
      outcome: 'SKIPPED',
      cause: 'NEEDS_UNMET',
      latencyMs,
      budgetMs,
    } as const
    return [answer(unmet, inTime ? needed.appendedAt : appendedAt)]
  }
  const from = needed?.appendedAt ?? appendedAt
  const budgetMs = Math.min(timeoutMs, end - from)
  if (budgetMs <= 0) return [answer({ ...blank, outcome: 'SKIPPED', cause: 'CALL_EXPIRED' }, from)]
  if (tookMs === 'no enricher') return []
  const syncedAt = live.outcome === 'FOUND' ? from - 60_000 : null
  const told: LookupSettled = { ...live, syncedAt, budgetMs, latencyMs: tookMs }
  if (tookMs <= budgetMs) return [answer(told, from)]
  const cached = live.outcome === 'FOUND' && remembered
  const ended: LookupSettled = cached
    ? { ...told, origin: 'CACHE', cause: 'RESPONSE', latencyMs: budgetMs }
    : { ...blank, outcome: 'TIMED_OUT', cause: 'RESPONSE', latencyMs: budgetMs, budgetMs }
  const listened = tookMs <= budgetMs + LATE_WAIT_MS && isLiveAnswer(live)
  return [answer(ended, from), ...(listened ? [answer(told, from, false)] : [])]
}

const tookOf = (random: Random): number | 'no enricher' =>
  random.weighted<() => number | 'no enricher'>([
    [900, () => random.between(3, 60)],
    [55, () => random.between(100, 1900)],
    [30, () => random.between(1900, 4500)],
    [10, () => 60_000],
    [5, () => 'no enricher'],
  ])()

function blankOf({ callId, requestNo }: Request, dependency: string): LookupSettled {
  return {
    callId,
    requestNo,
    dependency,
    outcome: 'FAILED',
    cause: null,
    origin: 'NONE',
    stale: false,
    missing: [],
    facts: {},
    syncedAt: null,
    asked: 'by identifier',
    attempts: 1,
    latencyMs: 0,
    budgetMs: 0,
    detail: '',
  }
}

type Specs = Policy['dependencies'][number]['facts']

function answerOf(random: Random, blank: LookupSettled, specs: Specs): LookupSettled {
  const kind = random.weighted<'FOUND' | 'NO_MATCH' | 'FAILED'>([
    [90, 'FOUND'],
    [7, 'NO_MATCH'],
    [3, 'FAILED'],
  ])
  if (kind === 'FAILED') return { ...blank, outcome: 'FAILED', cause: 'UNREACHABLE' }
  if (kind === 'NO_MATCH') return { ...blank, outcome: 'NO_MATCH', origin: 'LIVE' }
  const lacks = random.chance(0.02) ? random.pick(Object.keys(specs)) : null
  const facts: Record<string, FactValue> = {}
  for (const [name, { type }] of Object.entries(specs)) {
    if (name !== lacks) facts[name] = valueOf(random, name, type)
  }
  const missing = lacks === null ? [] : [lacks]
  return { ...blank, outcome: 'FOUND', origin: 'LIVE', facts, missing }
}

const TEXTS: Readonly<Record<string, readonly (readonly [number, string | null])[]>> = {
  tier: [
    [19, 'STANDARD'],
    [1, 'PLATINUM'],
  ],
  valueBand: [
    [9, 'NORMAL'],
    [1, 'HIGH'],
  ],
  language: [
    [8, 'de'],
    [1, 'en'],
  ],
  knownIssue: [
    [19, null],
    [1, 'tv-box'],
  ],
  openTicketId: [
    [9, null],
    [1, 'T-1'],
  ],
  ticketTeam: [
    [1, 'support-1'],
    [1, 'support-2'],
  ],
}

function valueOf(random: Random, name: string, type: Specs[string]['type']): FactValue {
  const texts = TEXTS[name]
  if (texts !== undefined) return random.weighted(texts)
  if (type === 'boolean') return random.chance(name === 'open' ? 0.97 : 0.05)
  if (type === 'long' || type === 'double') return random.between(0, 9)
  return type === 'strings' ? ['x'] : `${name}-${random.between(1, 500)}`
}

/** As the router does: after each lookup ask the policy, at the deadline take what is there. */
function decide(
  request: Request,
  answers: readonly Answer[],
  config: CoreConfig,
  random: Random,
): RoutedAt['decision'] {
  const readingMs = random.between(0, 4)
  // Some arrivals are read late, together with lookups that came meanwhile.
  const readFrom = request.appendedAt + (random.chance(0.2) ? random.between(5, 60) : 0)
  const pending = [...answers]
  const takeUpTo = (now: number): void => {
    for (let next = pending[0]; next !== undefined && next.appendedAt <= now; next = pending[0]) {
      take(request, next.lookup, next.appendedAt, next.offset)
      pending.shift()
    }
  }
  takeUpTo(readFrom)
  let now = readFrom
  for (;;) {
    const verdict = certainVerdict(request)
    if (verdict !== null) {
      const trigger = request.pending === 0 ? 'ALL_SETTLED' : 'OUTCOME_CERTAIN'
      return decisionOf(request, trigger, verdict, now + readingMs, config)
    }
    const next = pending[0]
    if (next === undefined || next.appendedAt >= request.dueAt) break
    now = next.appendedAt
    take(request, next.lookup, next.appendedAt, next.offset)
    pending.shift()
  }
  return decisionOf(request, 'DEADLINE', null, request.dueAt + (readingMs % 2), config)
}
