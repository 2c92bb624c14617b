/**
 * What will happen in one simulated world, drawn from a seed before it begins: when calls arrive and in
 * which shape, how the network behaves, and what is broken when. Pure data, so that a failing seed can
 * be read.
 */
import type { CallArrived } from '../../schemas/records.ts'
import { HORIZON_MS } from '../../services/domain/horizon.ts'
import type { CrashPoint } from '../../services/enricher/lookups.ts'
import { dice, type Dice } from './dice.ts'

export const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const
export type Dependency = (typeof DEPENDENCIES)[number]

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
  | {
      readonly kind: 'broker'
      readonly broker: number
      readonly mode: BrokerMode
      readonly forMs: number
    }
  | {
      readonly kind: 'dependency'
      readonly dependency: Dependency
      readonly mode: Mode
      readonly forMs: number
    }
  | { readonly kind: 'registry'; readonly forMs: number }
  | {
      readonly kind: 'poison'
      readonly topic: 'call.lookup' | 'call.routed'
      readonly partition: number
    }

/** `lost`: acknowledgements get lost; `refusing`: nothing is appended; `slow`: all takes long. */
export type BrokerMode = 'lost' | 'refusing' | 'slow'

export type Service = 'router' | `enricher ${Dependency}`

export type PlannedFault = Fault & { readonly atMs: number }

export interface Plan {
  readonly seed: number
  readonly partitions: number
  readonly brokers: number
  /** Clock of each broker against true time. */
  readonly skewsMs: readonly number[]
  readonly routers: number
  readonly enrichers: number
  readonly latencyMsMax: number
  readonly fetch: { readonly msMax: number; readonly recordsMax: number }
  readonly arrivals: readonly Arrival[]
  readonly faults: readonly PlannedFault[]
  /** When the last arrival is written and the last fault has healed. */
  readonly endMs: number
}

/** Brokers' clocks differ from one another by at most so much. */
export const MAX_CLOCK_SKEW_MS = 50

/** Small fetches are quick ones, so that a healthy world keeps up with its load. */
const FETCHES: readonly [Plan['fetch'], ...Plan['fetch'][]] = [
  { msMax: 4, recordsMax: 1 },
  { msMax: 20, recordsMax: 10 },
  { msMax: 60, recordsMax: 200 },
]

export interface PlanOptions {
  readonly calls: number
}

export function plan(seed: number, { calls }: PlanOptions): Plan {
  const shape = dice(seed, 'shape')
  const partitions = shape.whole(1, 4)
  const brokers = 3
  const spanMs = shape.pick([2000, 8000, 15_000])
  // Some worlds are older than the horizon when their faults strike: half of their calls came before.
  const pastMs = shape.chance(0.08) ? 1.5 * HORIZON_MS : 0
  const drawn = drawArrivals(dice(seed, 'arrivals'), calls, partitions, spanMs)
  const arrivals = drawn.map((one) => (one.early ? one : later(one, pastMs)))
  const faults = drawFaults(dice(seed, 'faults'), partitions, brokers, spanMs).map((one) =>
    later(one, pastMs),
  )
  const lastMs = Math.max(...arrivals.map(({ atMs }) => atMs), ...faults.map(endOf))
  return {
    seed,
    partitions,
    brokers,
    skewsMs: Array.from({ length: brokers }, () => shape.whole(0, MAX_CLOCK_SKEW_MS)),
    routers: shape.pick([1, 1, 2, 3]),
    enrichers: shape.pick([1, 1, 1, 2]),
    latencyMsMax: shape.pick([2, 5, 20]),
    fetch: shape.pick(FETCHES),
    arrivals,
    faults,
    endMs: lastMs,
  }
}

const later = <T extends { readonly atMs: number }>(event: T, byMs: number): T => ({
  ...event,
  atMs: event.atMs + byMs,
})

function endOf(fault: PlannedFault): number {
  if ('forMs' in fault) return fault.atMs + fault.forMs
  return 'downMs' in fault ? fault.atMs + fault.downMs : fault.atMs
}

function drawArrivals(
  draw: Dice,
  calls: number,
  partitions: number,
  spanMs: number,
): readonly Arrival[] {
  const arrivals: Arrival[] = []
  for (let index = 0; index < calls; index += 1) {
    const partition = draw.whole(0, partitions - 1)
    const value = drawCall(draw, `call-${index}`)
    const spoilt: Spoilt | null = draw.chance(0.04)
      ? draw.pick<Spoilt>(['bytes', 'empty', 'unknownSchema', 'otherKey', 'noKey'])
      : null
    const atMs = draw.between(0, spanMs)
    const foreignSchema = draw.chance(0.03)
    const arrival = { atMs, partition, value, spoilt, foreignSchema, early: index % 2 === 0 }
    arrivals.push(arrival)
    const copies = draw.chance(0.08) ? 1 : draw.chance(0.01) ? 9 : 0
    for (let copy = 0; copy < copies; copy += 1) {
      arrivals.push({ ...arrival, atMs: atMs + draw.between(0, 6000) })
    }
    if (spoilt === null && draw.chance(0.06)) {
      const again = { ...value, requestNo: 2, ced: '77' }
      arrivals.push({ ...arrival, atMs: atMs + draw.between(200, 6000), value: again })
    }
  }
  return arrivals.toSorted((a, b) => a.atMs - b.atMs)
}

function drawCall(draw: Dice, callId: string): CallArrived {
  const withheld = draw.chance(0.08)
  const caller = draw.whole(0, 99)
  return {
    callId,
    requestNo: 1,
    channel: 'VOICE',
    ani: withheld ? null : `+4930${String(10_000_000 + caller)}`,
    aniPresentation: withheld ? 'RESTRICTED' : 'ALLOWED',
    aniVerification: draw.pick(['NOT_CHECKED', 'PASSED_A', 'FAILED']),
    dnis: draw.pick(['+498001000', '+498002000']),
    language: draw.pick([null, 'en', 'de', 'es']),
    ced: null,
    ivrChoice: draw.pick([null, '1', '2', 'billing']),
    ivrIntent: draw.pick([null, null, 'billing', 'support']),
    virtualAgent: draw.chance(0.1)
      ? { summary: 'asked about an invoice', intent: 'billing', confidence: 0.8 }
      : null,
    callerAuth: draw.pick(['NONE', 'IDENTIFIED', 'VERIFIED']),
    transferOf: null,
    attributes: {},
    switchTime: null,
    decideWithinMs: draw.chance(0.08) ? draw.whole(1200, 4000) : null,
  }
}

function drawFaults(
  draw: Dice,
  partitions: number,
  brokers: number,
  spanMs: number,
): readonly PlannedFault[] {
  const faults: PlannedFault[] = []
  const count = draw.whole(1, 6)
  for (let index = 0; index < count; index += 1) {
    const atMs = draw.between(0.1 * spanMs, spanMs)
    faults.push({ ...drawFault(draw, partitions, brokers), atMs })
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs)
}

function drawFault(draw: Dice, partitions: number, brokers: number): Fault {
  const dependency = draw.pick(DEPENDENCIES)
  const service: Service = draw.chance(0.65) ? 'router' : `enricher ${dependency}`
  const die = draw.whole(1, 20)
  if (die === 1) {
    const point = draw.pick<CrashPoint>(['after-lookup', 'after-publish'])
    const downMs = draw.between(50, 4000)
    return { kind: 'crash', service: `enricher ${dependency}`, point, downMs }
  }
  if (die <= 4) return { kind: 'kill', service, downMs: draw.between(50, 9000) }
  if (die <= 6) return { kind: 'restart', service, downMs: draw.between(0, 2000) }
  if (die <= 8)
    return { kind: 'freeze', service, forMs: draw.pick([300, 1500, 5000, 8000, 20_000, 40_000]) }
  if (die <= 10) return { kind: 'join', service, forMs: draw.between(500, 9000) }
  if (die === 11) return { kind: 'interrupt', service }
  if (die <= 13) {
    const mode = draw.pick<BrokerMode>(['lost', 'refusing', 'slow'])
    return {
      kind: 'broker',
      broker: draw.whole(0, brokers - 1),
      mode,
      forMs: draw.between(200, 4000),
    }
  }
  if (die <= 17) {
    const mode = draw.pick<Mode>(['hang', 'latency', 'latency', 'status', 'refuse', 'badJson'])
    return { kind: 'dependency', dependency, mode, forMs: draw.between(1000, 8000) }
  }
  if (die <= 19) return { kind: 'registry', forMs: draw.between(500, 8000) }
  return {
    kind: 'poison',
    topic: draw.pick(['call.lookup', 'call.routed']),
    partition: draw.whole(0, partitions - 1),
  }
}
