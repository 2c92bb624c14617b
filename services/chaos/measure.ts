/** What a run shows in numbers, worked out from the topics and the ground truth. Pure. */
import type { Topics } from '../audit/verify/evidence.ts'
import {
  effectiveDecisions,
  isReadable,
  nameOf,
  placeOf,
  type Readable,
} from '../audit/verify/requests.ts'
import type { CallRouted } from '../../schemas/records.ts'
import type { TruthLine } from './truth.ts'
import { wokenCount } from './woken.ts'

/** A request from its arrival to its effective decision; times are append times. */
export interface Life {
  readonly callId: string
  readonly name: string
  readonly partition: number
  readonly arrivedAt: number
  readonly decideBy: number
  /** Infinity: never. */
  readonly decidedAt: number
}

export interface Measures {
  /** The most that an effective decision came after its decideBy; negative when all were early. */
  readonly worstLatenessMs: number | null
  readonly late: number
  /** Records of call.routed beyond the first of their request. */
  readonly duplicatesOnWire: number
  readonly takeoverMs: number | null
  readonly outageMs: number
  /** Decisions that count and that a woken router gave of calls it slept over; null: none slept. */
  readonly wokenCount?: number | null
}

/** Every request that arrived. */
export function livesOf(topics: Topics, windowMs: number): readonly Life[] {
  const effective = effectiveDecisions(topics)
  const decided = new Map(
    [...effective.values()]
      .flat()
      .map(
        ({ value, appendedAt }) =>
          [placeOf(value.arrivalAt.partition, value.arrivalAt.offset), appendedAt] as const,
      ),
  )
  const seen = new Set<string>()
  return topics.arrived.flatMap((record): Life[] => {
    const { partition, offset, appendedAt, value, key } = record
    const name = value === null ? `${key} ${placeOf(partition, offset)}` : nameOf(value)
    // A repeat of an arrival is decided with the first one.
    if (seen.has(name)) return []
    seen.add(name)
    const decideBy = appendedAt + Math.min(windowMs, value?.decideWithinMs ?? Infinity)
    const decidedAt = decided.get(placeOf(partition, offset)) ?? Infinity
    return [
      {
        callId: value?.callId ?? key ?? '',
        name,
        partition,
        arrivedAt: appendedAt,
        decideBy,
        decidedAt,
      },
    ]
  })
}

/** Per partition the append times of all records of call.routed, in order. */
function appendsOf(topics: Topics): ReadonlyMap<number, readonly number[]> {
  const times = Map.groupBy(topics.routed, ({ partition }) => partition)
  return new Map(
    [...times].map(([partition, records]) => [
      partition,
      records.map(({ appendedAt }) => appendedAt).toSorted((a, b) => a - b),
    ]),
  )
}

/**
 * The longest stretch in which a partition had open calls and no decision was appended to it. It begins
 * with the last decision before, or with the arrival of the first call that was open in it.
 */
function longestOutage(topics: Topics, lives: readonly Life[]): number {
  const appends = appendsOf(topics)
  let longest = 0
  for (const [partition, all] of Map.groupBy(lives, (life) => life.partition)) {
    const open = all.filter(({ decidedAt }) => decidedAt !== Infinity)
    const times = appends.get(partition) ?? []
    const byArrival = open.toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    let next = 0
    let from = -Infinity
    for (const to of times) {
      // Those that arrived before `to` and are undecided until then.
      while (next < byArrival.length && (byArrival[next]?.decidedAt ?? 0) < to) next += 1
      const first = byArrival[next]
      if (first !== undefined && first.arrivedAt < to) {
        longest = Math.max(longest, to - Math.max(from, first.arrivedAt))
      }
      from = to
    }
  }
  return longest
}

const KILLS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP'])

/**
 * From `atMs` to the first decision by somebody else of a call that the router `name` held, on the
 * slowest of the partitions it decided for until then; null when there is none.
 */
function takeoverFrom(
  byPartition: readonly (readonly Readable<CallRouted>[])[],
  name: string,
  atMs: number,
): number | null {
  const takeovers = byPartition.flatMap((records): number[] => {
    const before = records.findLast(({ appendedAt }) => appendedAt <= atMs)
    if (before?.value.routerId !== name) return []
    const first = records.find(
      ({ appendedAt, value }) =>
        appendedAt > atMs && value.arrivedAt <= atMs && value.routerId !== name,
    )
    return first === undefined ? [] : [first.appendedAt - atMs]
  })
  return takeovers.length === 0 ? null : Math.max(...takeovers)
}

/** The slowest takeover from any primary that was killed or stopped; null when there was none. */
function takeoverOf(topics: Topics, truth: readonly TruthLine[]): number | null {
  const routed = topics.routed.filter(isReadable)
  const byPartition = [...Map.groupBy(routed, ({ partition }) => partition).values()].map(
    (records) => records.toSorted((a, b) => a.offset - b.offset),
  )
  const takeovers = truth.flatMap((line): number[] => {
    if (line.kind !== 'service' || line.detail.role !== 'router') return []
    if (!KILLS.has(line.detail.what)) return []
    return [takeoverFrom(byPartition, line.target, line.at)].filter((one) => one !== null)
  })
  return takeovers.length === 0 ? null : Math.max(...takeovers)
}

export function measure(
  topics: Topics,
  truth: readonly TruthLine[],
  lives: readonly Life[],
): Measures {
  const lateness = lives
    .filter(({ decidedAt }) => decidedAt !== Infinity)
    .map(({ decidedAt, decideBy }) => decidedAt - decideBy)
  const readable = topics.routed.filter(isReadable).length
  return {
    worstLatenessMs: lateness.length === 0 ? null : lateness.reduce((a, b) => Math.max(a, b)),
    late: lateness.filter((ms) => ms > 0).length,
    duplicatesOnWire: readable - effectiveDecisions(topics).size,
    takeoverMs: takeoverOf(topics, truth),
    outageMs: longestOutage(topics, lives),
    wokenCount: wokenCount([...effectiveDecisions(topics).values()].flat(), truth),
  }
}
