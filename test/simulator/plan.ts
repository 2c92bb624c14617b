/**
 * What will happen in one simulated world, drawn from a seed before it begins: when calls arrive and in
 * which shape, how the network behaves, and what is broken when. Pure data, so that a failing seed can
 * be read.
 */
import type { CallArrived } from '../../schemas/records.ts'
import { HORIZON_MS } from '../../services/domain/horizon.ts'
import type { CrashPoint } from '../../services/enricher/lookups.ts'
import type { Dependency } from './dependencies.ts'
import { dice, type Dice } from './dice.ts'
import { drawArrivals } from './draw-calls.ts'
import { drawFaults } from './draw-faults.ts'
import type { Edition } from './policies.ts'

/** What a dependency does in an interval; the names are the independent checker's. */
export type Mode = 'healthy' | 'hang' | 'latency' | 'status' | 'refuse' | 'badJson'

/** How the bytes of an arrival are spoilt. */
export type Spoilt = 'bytes' | 'empty' | 'unknownSchema' | 'otherKey' | 'noKey'

export interface Arrival {
  /** After the beginning of the run. */
  readonly atMs: number
  readonly partition: number
  readonly value: CallArrived
  readonly spoilt: Spoilt | null
  /** Written with a schema of the switch's own, which the registry must be asked for. */
  readonly foreignSchema: boolean
  /** In a world with a past, its call belongs to that. */
  readonly early: boolean
}

export type Fault =
  | { readonly kind: 'kill' | 'restart'; readonly service: Service; readonly downMs: number }
  | {
      readonly kind: 'crash'
      readonly service: Service
      readonly point: CrashPoint
      readonly downMs: number
    }
  | { readonly kind: 'freeze'; readonly service: Service; readonly forMs: number }
  | { readonly kind: 'join'; readonly service: Service; readonly forMs: number }
  | { readonly kind: 'interrupt'; readonly service: Service }
  /** Every instance of the lane is killed at the same moment. */
  | { readonly kind: 'lane'; readonly lane: 'router' | 'backup'; readonly downMs: number }
  | {
      readonly kind: 'broker'
      readonly broker: number
      readonly mode: BrokerMode
      readonly forMs: number
    }
  /** All a broker leads has no leader for a while, and then others; `back`: soon the old one again. */
  | {
      readonly kind: 'leader'
      readonly broker: number
      readonly forMs: number
      readonly back: boolean
    }
  /** A group's committed offsets are lost. */
  | { readonly kind: 'forget'; readonly group: Service | 'auditor' }
  | {
      readonly kind: 'dependency'
      readonly dependency: Dependency
      readonly mode: Mode
      readonly forMs: number
    }
  /** An operator says what stands instead of a dependency, for a while. */
  | { readonly kind: 'override'; readonly dependency: Dependency; readonly forMs: number }
  | { readonly kind: 'registry'; readonly forMs: number }
  | {
      readonly kind: 'poison'
      readonly topic: 'call.lookup' | 'call.routed'
      readonly partition: number
    }

/**
 * `lost`: acknowledgements get lost; `refusing`: nothing is appended; `slow`: all takes long; `stopped`:
 * what is sent lies there until the broker goes on, however long ago its sender gave it up.
 */
export type BrokerMode = 'lost' | 'refusing' | 'slow' | 'stopped'

export type Service = 'router' | 'backup' | `enricher ${Dependency}`

export type PlannedFault = Fault & { readonly atMs: number }

/** What a world with little room allows. */
export interface Limits {
  /** Open requests of one router, all partitions. */
  readonly openMax: number
  /** Arrivals of one enricher that are not settled. */
  readonly openLookupsMax: number
  /** Larger decisions are reduced by the router. */
  readonly decisionBytesMax: number
  /** Larger records are refused by the brokers. */
  readonly recordBytesMax: number
}

/** A policy that an operator publishes. */
export interface Publication {
  readonly atMs: number
  readonly edition: Edition
  /** So long before it shall govern. */
  readonly noticeMs: number
}

export interface Plan {
  readonly seed: number
  readonly partitions: number
  readonly brokers: number
  /** Clock of each broker against true time, at most `maxClockSkewMs`. */
  readonly skewsMs: readonly number[]
  readonly maxClockSkewMs: number
  readonly routers: number
  readonly backups: number
  /** When the backup lane starts for the first time, after the beginning; 0: before it. */
  readonly backupsAtMs: number
  readonly enrichers: number
  /** One process asks all dependencies, instead of one each. */
  readonly together: boolean
  readonly latencyMsMax: number
  readonly fetch: { readonly msMax: number; readonly recordsMax: number }
  /** Null: the defaults, which no world of this size meets. */
  readonly limits: Limits | null
  readonly publications: readonly Publication[]
  readonly arrivals: readonly Arrival[]
  readonly faults: readonly PlannedFault[]
  /** When the last arrival is written and the last fault has healed. */
  readonly endMs: number
}

/** Brokers' clocks mostly differ from one another by at most so much. */
const USUAL_SKEW_MS = 50
const LARGE_SKEW_MS = 250

/** Small fetches are quick ones, so that a healthy world keeps up with its load. */
const FETCHES: readonly [Plan['fetch'], ...Plan['fetch'][]] = [
  { msMax: 4, recordsMax: 1 },
  { msMax: 20, recordsMax: 10 },
  { msMax: 60, recordsMax: 200 },
]

type Spans = readonly [number, ...number[]]
/** So long calls arrive. */
const USUAL_SPANS_MS: Spans = [2000, 8000, 15_000]

export interface PlanOptions {
  readonly calls: number
}

export function plan(seed: number, { calls }: PlanOptions): Plan {
  const shape = dice(seed, 'shape')
  const partitions = shape.whole(1, 4)
  const brokers = 3
  const limits = shape.chance(0.15) ? drawLimits(shape) : null
  const publishes = limits === null && shape.chance(0.1)
  const spans: Spans = publishes ? [15_000] : limits === null ? USUAL_SPANS_MS : [300, 2000]
  const spanMs = shape.pick(spans)
  // Some worlds are older than the horizon when their faults strike: half of their calls came before.
  const pastMs = shape.chance(0.08) ? 1.5 * HORIZON_MS : 0
  const drawn = drawArrivals(dice(seed, 'arrivals'), calls, partitions, spanMs)
  const arrivals = drawn.map((one) => (one.early ? one : later(one, pastMs)))
  const backups = shape.pick([0, 0, 1, 1, 2])
  const ground = { partitions, brokers, spanMs, backups: backups > 0 }
  const maxClockSkewMs = shape.chance(0.15) ? LARGE_SKEW_MS : USUAL_SKEW_MS
  const skewsMs = Array.from({ length: brokers }, () => shape.whole(0, maxClockSkewMs))
  const drawnFaults = drawFaults(dice(seed, 'faults'), ground)
  if (maxClockSkewMs === LARGE_SKEW_MS) {
    // As far apart as may be, and in the end the clock that is behind leads again.
    skewsMs.splice(0, 2, 0, maxClockSkewMs)
    const atMs = shape.between(0.2 * spanMs, 0.8 * spanMs)
    drawnFaults.push({ kind: 'leader', broker: 0, forMs: 2, back: true, atMs })
  }
  const faults = drawnFaults.toSorted((a, b) => a.atMs - b.atMs).map((one) => later(one, pastMs))
  const lastMs = Math.max(...arrivals.map(({ atMs }) => atMs), ...faults.map(endOf))
  return {
    seed,
    partitions,
    brokers,
    skewsMs,
    maxClockSkewMs,
    routers: shape.pick([1, 1, 2, 3]),
    backups,
    backupsAtMs: shape.chance(0.2) ? pastMs + shape.between(0, spanMs) : 0,
    enrichers: shape.pick([1, 1, 1, 2]),
    together: dice(seed, 'together').chance(0.3),
    latencyMsMax: shape.pick([2, 5, 20]),
    fetch: shape.pick(FETCHES),
    limits,
    publications: publishes ? drawPublications(dice(seed, 'policies'), pastMs) : [],
    arrivals,
    faults,
    endMs: lastMs,
  }
}

function drawLimits(draw: Dice): Limits {
  return {
    openMax: draw.pick([4, 12, 40]),
    openLookupsMax: draw.pick([10, 1000]),
    decisionBytesMax: 4000,
    recordBytesMax: 6000,
  }
}

/** One to three editions; what comes with too little notice is refused. */
function drawPublications(draw: Dice, pastMs: number): readonly Publication[] {
  return Array.from({ length: draw.whole(1, 3) }, () => ({
    atMs: pastMs + draw.between(0, 5000),
    edition: draw.pick<Edition>(['same', 'longer', 'longer', 'elsewhere', 'elsewhere', 'bad']),
    noticeMs: draw.pick([1000, 5300, 5300, 6000, 9000]),
  }))
}

const later = <T extends { readonly atMs: number }>(event: T, byMs: number): T => ({
  ...event,
  atMs: event.atMs + byMs,
})

/** When a fault has healed. */
export function endOf(fault: PlannedFault): number {
  if ('forMs' in fault) return fault.atMs + fault.forMs
  return 'downMs' in fault ? fault.atMs + fault.downMs : fault.atMs
}
