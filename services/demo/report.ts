/** The report of a run, worked out from the stored records. Pure; `report-text.ts` puts it in words. */
import type { CallRouted, Trigger } from '../../schemas/records.ts'
import type { PromiseVerdict } from '../audit/verify/verify.ts'
import type { StoryTold } from './story.ts'
import { spreadOf, type Spread } from './tally.ts'
import type { Moment } from './timeline.ts'

/** An effective decision and its append time. */
export interface Decided {
  readonly decision: CallRouted
  readonly appendedAt: number
}

/** Lookups of one dependency that ended alike. */
export interface TroubleRow {
  readonly dependency: string
  readonly outcome: string
  readonly cause: string | null
  /** LIVE, CACHE, OVERRIDE or NONE; with `, stale` where the facts were old. */
  readonly source: string
  readonly calls: number
  /** From the arrival to the end of the lookup or to the decision, milliseconds. */
  readonly waitMs: Spread | null
  /** Where these calls went, most frequent first. */
  readonly routes: Readonly<Record<string, number>>
}

export interface LatencyReport {
  /** Arrival to decision, both append times, milliseconds. */
  readonly all: Spread | null
  /** The same of calls that waited for nothing in vain. */
  readonly nothingLate: Spread | null
  /** From the slowest lookup a call needed to its decision, of the same calls. */
  readonly afterSlowestLookup: Spread | null
}

export interface PhaseRow {
  readonly id: string
  readonly title: string
  readonly calls: number
  readonly latencyMs: Spread | null
  readonly vipCalls: number
  readonly vipLatencyMs: Spread | null
  readonly withTrouble: number
  /** Calls that each fault of the phase struck: a fault that struck nobody proves nothing. */
  readonly struck: Readonly<Record<string, number>>
}

/** A number the project set itself, and whether this run met it; no promise to callers. */
export interface TargetResult {
  readonly text: string
  readonly met: boolean
}

export interface Report {
  readonly run: Readonly<Record<string, string | number>>
  readonly counts: Readonly<Record<string, number>>
  readonly triggers: Readonly<Partial<Record<Trigger, number>>>
  readonly routes: Readonly<Record<string, number>>
  /** Requests the systems of record took, by system and what was done to them. */
  readonly requestsStruck: Readonly<Record<string, number>>
  readonly phases: readonly PhaseRow[]
  readonly table: readonly TroubleRow[]
  readonly latency: LatencyReport
  readonly targets: readonly TargetResult[]
  readonly stories: readonly StoryTold[]
  readonly verdicts: readonly PromiseVerdict[]
  /** Why the run proves nothing; empty when it is valid. */
  readonly invalid: readonly string[]
  readonly passed: boolean
}

/** Design §10 and the demo's own: overhead after the slowest lookup needed, p99, milliseconds. */
const OVERHEAD_P99_MS = 100
/** Half of a dependency's timeout: a VIP that waited for a hanging system would take twice that. */
const VIP_P99_MS = 1000

const tookMs = ({ decision, appendedAt }: Decided): number => appendedAt - decision.arrivedAt

const IN_VAIN: ReadonlySet<string> = new Set(['TIMED_OUT', 'NO_ANSWER'])
const AT_LEISURE: ReadonlySet<Trigger> = new Set(['ALL_SETTLED', 'OUTCOME_CERTAIN'])

/** The call waited for no answer that did not come. */
function nothingLate({ decision }: Decided): boolean {
  const inVain = decision.lookups.some(({ outcome }) => IN_VAIN.has(outcome))
  return AT_LEISURE.has(decision.trigger) && !inVain
}

function overheadMs({ decision, appendedAt }: Decided): number {
  const settled = decision.lookups.flatMap(({ settledAt }) => settledAt ?? [])
  return appendedAt - Math.max(decision.arrivedAt, ...settled)
}

export function latencyOf(calls: readonly Decided[]): LatencyReport {
  const smooth = calls.filter(nothingLate)
  return {
    all: spreadOf(calls.map(tookMs)),
    nothingLate: spreadOf(smooth.map(tookMs)),
    afterSlowestLookup: spreadOf(smooth.map(overheadMs)),
  }
}

export function countBy<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a))
}

type Used = CallRouted['lookups'][number]

const isTrouble = ({ outcome, cause, stale, origin, missing }: Used): boolean =>
  outcome !== 'NOT_NEEDED' &&
  (cause !== null || stale || origin === 'OVERRIDE' || missing.length > 0 || IN_VAIN.has(outcome))

const sourceOf = ({ origin, stale, missing }: Used): string =>
  [origin, ...(stale ? ['stale'] : []), ...(missing.length > 0 ? ['partial'] : [])].join(', ')

/** A row per dependency, outcome, cause and source; in the order of the policy's dependencies. */
export function troubleTable(calls: readonly Decided[]): readonly TroubleRow[] {
  const groups = new Map<string, { used: Used; waits: number[]; routes: string[] }>()
  for (const { decision } of calls) {
    for (const used of decision.lookups.filter(isTrouble)) {
      const { dependency, outcome, cause } = used
      const key = [dependency, outcome, cause, sourceOf(used)].join(' ')
      const group = groups.get(key) ?? { used, waits: [], routes: [] }
      group.waits.push((used.settledAt ?? decision.decidedAt) - decision.arrivedAt)
      group.routes.push(decision.target.id)
      groups.set(key, group)
    }
  }
  const [first] = calls
  const order = first?.decision.lookups.map(({ dependency }) => dependency) ?? []
  return [...groups.values()]
    .map(({ used, waits, routes }) => ({
      dependency: used.dependency,
      outcome: used.outcome,
      cause: used.cause,
      source: sourceOf(used),
      calls: waits.length,
      waitMs: spreadOf(waits),
      routes: countBy(routes, (route) => route),
    }))
    .toSorted(
      (a, b) => order.indexOf(a.dependency) - order.indexOf(b.dependency) || b.calls - a.calls,
    )
}

const isVip = ({ decision }: Decided): boolean => decision.ruleId === 'vip'
const hasTrouble = ({ decision }: Decided): boolean =>
  decision.fallbacks.some(({ kind }) => kind !== 'STATE')

/** Causes that speak of the caller or of another system, not of the one asked. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(['CALLER_WITHHELD', 'NEEDS_UNMET'])

const hurtBy =
  (dependency: string) =>
  ({ decision }: Decided): boolean =>
    decision.lookups.some(
      (used) =>
        used.dependency === dependency && isTrouble(used) && !NOT_ITS_FAULT.has(used.cause ?? ''),
    )

/**
 * Faults that hit no call in flight, in words: such a run is invalid (design §9). Where several hold at
 * once one may hide another (an unknown customer's account is not asked for), so a phase needs one hit
 * and a system one phase.
 */
export function missedFaults(phases: readonly PhaseRow[]): readonly string[] {
  const faulty = phases.filter(({ struck }) => Object.keys(struck).length > 0)
  const idle = faulty.filter(({ struck }) => Object.values(struck).every((calls) => calls === 0))
  const systems = new Set(faulty.flatMap(({ struck }) => Object.keys(struck)))
  const spared = [...systems].filter((name) => faulty.every(({ struck }) => !struck[name]))
  return [
    ...idle.map(({ id }) => `what was done in ${id} struck no call`),
    ...spared.map((name) => `what was done to ${name} struck no call`),
  ]
}

/** How calls fared by the phase in which they came; `startedAt` is the broker time of the start. */
export function phaseTable(
  calls: readonly Decided[],
  moments: readonly Moment[],
  startedAt: number,
): readonly PhaseRow[] {
  return moments.map(({ phase, fromMs, toMs }) => {
    const last = moments.at(-1)?.phase === phase
    const came = calls.filter(({ decision }) => {
      const atMs = decision.arrivedAt - startedAt
      return atMs >= fromMs && (atMs < toMs || last)
    })
    const vips = came.filter(isVip)
    return {
      id: phase.id,
      title: phase.title,
      calls: came.length,
      latencyMs: spreadOf(came.map(tookMs)),
      vipCalls: vips.length,
      vipLatencyMs: spreadOf(vips.map(tookMs)),
      withTrouble: came.filter(hasTrouble).length,
      struck: Object.fromEntries(
        Object.keys(phase.faults).map((name) => [name, came.filter(hurtBy(name)).length]),
      ),
    }
  })
}

/** What the project wants of a run beyond the promises. */
export function targetsOf(
  latency: LatencyReport,
  phases: readonly PhaseRow[],
): readonly TargetResult[] {
  const overhead = latency.afterSlowestLookup
  const hanging = phases.filter(({ id }) => id === 'crm-hangs' || id === 'billing-hangs')
  const measured = (value: Spread | null): string =>
    value === null ? 'no such call' : `p99 ${value.p99} ms`
  return [
    {
      text: `calls with nothing late: decided ${OVERHEAD_P99_MS} ms or less after the slowest lookup they needed (${measured(overhead)})`,
      met: overhead !== null && overhead.p99 <= OVERHEAD_P99_MS,
    },
    ...hanging.map(({ title, vipLatencyMs: vips }) => ({
      text: `VIPs not held up while ${title} (${measured(vips)})`,
      met: vips !== null && vips.p99 < VIP_P99_MS,
    })),
  ]
}
