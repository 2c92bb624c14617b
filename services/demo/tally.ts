/**
 * What the board shows, counted from records as they come in. Pure: events with their times go in, a
 * view comes out.
 */
import type {
  CallRouted,
  FallbackApplied,
  FallbackKind,
  LookupArrivedLate,
  LookupSettled,
  Trigger,
} from '../../schemas/records.ts'
import { rememberLatest } from '../audit/remember.ts'

type TallyEvent =
  /** A record of call.arrived, and which request it says it is. */
  | { readonly kind: 'arrived'; readonly request: string }
  | { readonly kind: 'routed'; readonly decision: CallRouted; readonly appendedAt: number }
  | { readonly kind: 'lookup'; readonly lookup: LookupSettled }
  | { readonly kind: 'fallback'; readonly fallback: FallbackApplied }
  | { readonly kind: 'late'; readonly late: LookupArrivedLate }
  /** The switch heard nothing in time and took its own default route. */
  | { readonly kind: 'defaulted' }

/** How often something happened: ever, and in the last full second. */
export interface Count {
  readonly total: number
  readonly perS: number
}

export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface DependencyView {
  readonly name: string
  readonly settled: Count
  /** Live answers, also those that say "no such caller". */
  readonly answered: Count
  /** Latency of the recent ones, milliseconds; null when there were none. */
  readonly latencyMs: Spread | null
  /** Why recent ones gave no live answer, most frequent first. */
  readonly causes: readonly (readonly [cause: string, recent: number])[]
  /** Recent ones answered from here in place of the live system. */
  readonly standIns: readonly (readonly [origin: string, recent: number])[]
  /** Recent ones with facts older than the policy allows, wherever they came from. */
  readonly stale: number
}

export interface Sentence {
  readonly atMs: number
  readonly kind: FallbackKind
  readonly text: string
}

export interface TallyView {
  /** Route requests that arrived, each once, and how often one came again. */
  readonly arrived: Count
  readonly repeats: number
  readonly decided: Count
  readonly triggers: readonly (readonly [Trigger, Count])[]
  readonly targets: readonly (readonly [string, Count])[]
  readonly dependencies: readonly DependencyView[]
  /** Reasons for which facts were missing, old or not live. */
  readonly troubles: readonly (readonly [string, Count])[]
  /** Fallbacks that only tell a valid state of business. */
  readonly states: Count
  /** Newest first, one of each reason. */
  readonly sentences: readonly Sentence[]
  /** Live answers to questions that were given up; those not needed any more are not counted. */
  readonly lateAnswers: number
  /** Decisions appended after decideBy. */
  readonly overdue: number
  readonly defaulted: number
  /** Arrival to decision of the recent calls, milliseconds. */
  readonly latencyMs: Spread | null
}

export interface Tally {
  add(event: TallyEvent, atMs: number): void
  view(nowMs: number): TallyView
}

const SECOND_MS = 1000
/** "Recent" means the last three seconds: shorter flickers, longer hides a change of phase. */
const RECENT_MS = 3000
const SENTENCES_KEPT = 12
/** A switch repeats within seconds. */
const REQUESTS_REMEMBERED = 100_000

/** Percentiles of some milliseconds; null when there are none. */
export function spreadOf(valuesMs: readonly number[]): Spread | null {
  const sorted = valuesMs.toSorted((a, b) => a - b)
  const max = sorted.at(-1)
  if (max === undefined) return null
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? max
  return { p50: at(0.5), p99: at(0.99), max }
}

/** Counts by name, with the times of the recent ones. */
function createCounter<Name extends string>() {
  const totals = new Map<Name, number>()
  let recent: { name: Name; atMs: number }[] = []
  return {
    add(name: Name, atMs: number): void {
      totals.set(name, (totals.get(name) ?? 0) + 1)
      recent.push({ name, atMs })
    },
    /** Most frequent first. */
    view(nowMs: number): (readonly [Name, Count])[] {
      recent = recent.filter(({ atMs }) => atMs > nowMs - SECOND_MS)
      const perS = new Map<Name, number>()
      for (const { name } of recent) perS.set(name, (perS.get(name) ?? 0) + 1)
      return [...totals]
        .map(([name, total]) => [name, { total, perS: perS.get(name) ?? 0 }] as const)
        .toSorted(([, a], [, b]) => b.total - a.total)
    },
  }
}

/** A counter of one thing. */
function createSingle() {
  const counter = createCounter<'it'>()
  return {
    add: (atMs: number): void => counter.add('it', atMs),
    view: (nowMs: number): Count => counter.view(nowMs)[0]?.[1] ?? { total: 0, perS: 0 },
  }
}

const ANSWERS: ReadonlySet<string> = new Set(['FOUND', 'NO_MATCH', 'MULTIPLE_MATCH'])

const isLiveAnswer = ({ origin, outcome }: LookupSettled): boolean =>
  origin === 'LIVE' && ANSWERS.has(outcome)

/** Causes that speak of the caller or another system, not of the one asked. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(['NEEDS_UNMET', 'CALLER_WITHHELD'])

function frequencies(names: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)
}

function createDependency(name: string) {
  const settled = createSingle()
  const answered = createSingle()
  let recent: { lookup: LookupSettled; atMs: number }[] = []
  return {
    add(lookup: LookupSettled, atMs: number): void {
      settled.add(atMs)
      if (isLiveAnswer(lookup)) answered.add(atMs)
      recent.push({ lookup, atMs })
    },
    view(nowMs: number): DependencyView {
      recent = recent.filter(({ atMs }) => atMs > nowMs - RECENT_MS)
      const lookups = recent.map(({ lookup }) => lookup)
      const causes = lookups.flatMap(({ cause }) =>
        cause === null || NOT_ITS_FAULT.has(cause) ? [] : [cause],
      )
      const standIns = lookups.flatMap(({ origin }) =>
        origin === 'CACHE' || origin === 'OVERRIDE' ? [origin] : [],
      )
      const asked = lookups.filter(({ outcome }) => outcome !== 'SKIPPED')
      return {
        name,
        settled: settled.view(nowMs),
        answered: answered.view(nowMs),
        latencyMs: spreadOf(asked.map(({ latencyMs }) => latencyMs)),
        causes: frequencies(causes),
        standIns: frequencies(standIns),
        stale: lookups.filter(({ stale }) => stale).length,
      }
    },
  }
}

/** The newest sentence of each reason. */
function createSentences() {
  const kept = new Map<string, Sentence>()
  return {
    add(fallback: FallbackApplied, atMs: number): void {
      const { kind, reason, sentence } = fallback
      if (kind === 'STATE') return
      kept.delete(reason)
      kept.set(reason, { atMs, kind, text: sentence })
      const [oldest] = kept.keys()
      if (kept.size > SENTENCES_KEPT && oldest !== undefined) kept.delete(oldest)
    },
    view: (): Sentence[] => [...kept.values()].toReversed(),
  }
}

/** `dependencies` in the order in which they are to be shown. */
export function createTally(dependencies: readonly string[]): Tally {
  const arrived = createSingle()
  const decided = createSingle()
  const states = createSingle()
  const triggers = createCounter<Trigger>()
  const targets = createCounter<string>()
  const troubles = createCounter<string>()
  const sentences = createSentences()
  const systems = new Map(dependencies.map((name) => [name, createDependency(name)]))
  let latencies: { ms: number; atMs: number }[] = []
  const isFirst = rememberLatest(REQUESTS_REMEMBERED)
  const sums = { repeats: 0, late: 0, overdue: 0, defaulted: 0 }

  const addDecision = (decision: CallRouted, appendedAt: number, atMs: number): void => {
    decided.add(atMs)
    triggers.add(decision.trigger, atMs)
    targets.add(decision.target.id, atMs)
    latencies.push({ ms: appendedAt - decision.arrivedAt, atMs })
    if (appendedAt > decision.decideBy) sums.overdue += 1
  }
  const addFallback = (fallback: FallbackApplied, atMs: number): void => {
    if (fallback.kind === 'STATE') states.add(atMs)
    else troubles.add(fallback.reason, atMs)
    sentences.add(fallback, atMs)
  }

  return {
    add(event, atMs) {
      if (event.kind === 'arrived') {
        if (isFirst(event.request)) arrived.add(atMs)
        else sums.repeats += 1
      } else if (event.kind === 'routed') addDecision(event.decision, event.appendedAt, atMs)
      else if (event.kind === 'lookup')
        systems.get(event.lookup.dependency)?.add(event.lookup, atMs)
      else if (event.kind === 'fallback') addFallback(event.fallback, atMs)
      else if (event.kind === 'late') sums.late += event.late.settledAs === 'NOT_NEEDED' ? 0 : 1
      else sums.defaulted += 1
    },
    view(nowMs) {
      latencies = latencies.filter(({ atMs }) => atMs > nowMs - RECENT_MS)
      return {
        arrived: arrived.view(nowMs),
        repeats: sums.repeats,
        decided: decided.view(nowMs),
        triggers: triggers.view(nowMs),
        targets: targets.view(nowMs),
        dependencies: [...systems.values()].map((system) => system.view(nowMs)),
        troubles: troubles.view(nowMs),
        states: states.view(nowMs),
        sentences: sentences.view(),
        lateAnswers: sums.late,
        overdue: sums.overdue,
        defaulted: sums.defaulted,
        latencyMs: spreadOf(latencies.map(({ ms }) => ms)),
      }
    },
  }
}
