/** What the core of one partition holds, what it takes in and what it gives out. */
import type { CallArrived, CallRouted, LookupSettled } from '../../../schemas/records.ts'
import { createLastingMap, type LastingMap } from '../../domain/lasting-map.ts'
import type { RequestId } from '../../domain/request.ts'
import type { CoreConfig, LaneConfig } from './config.ts'
import { createDueQueue, type DueQueue } from './deadline.ts'
import { createGate, type Gate, type GatedTopic } from './gate.ts'
import { createEarlyLookups, createMarkers, type EarlyLookups, type Markers } from './markers.ts'
import type { ArrivalPlace, Request } from './request.ts'
import { createWatermark, type Watermark } from './watermark.ts'

export type Input =
  | ({ readonly type: 'arrived'; readonly arrival: CallArrived } & ArrivalPlace)
  /** Can't be decoded, ever; its dead letter is being written. */
  | ({ readonly type: 'unreadable'; readonly detail: string } & ArrivalPlace)
  /** Its writer's schema is being asked for; `learnt` will follow. */
  | ({ readonly type: 'held'; readonly detail: string } & ArrivalPlace)
  /** What became of a held record: readable, or null and a dead letter is being written. */
  | {
      readonly type: 'learnt'
      readonly offset: number
      readonly arrival: CallArrived | null
      /** Why it will never be readable. */
      readonly detail?: string
    }
  /** An arrival that nobody can be answered for; only its dead letter is owed. */
  | { readonly type: 'passed-over'; readonly offset: number; readonly appendedAt: number }
  | { readonly type: 'letter-written'; readonly offset: number }
  | {
      readonly type: 'lookup'
      readonly lookup: LookupSettled
      readonly offset: number
      readonly appendedAt: number
    }
  | ({
      readonly type: 'marker'
      readonly decisionId: string
      readonly decidedAt: number
      readonly appendedAt: number
    } & RequestId)
  | { readonly type: 'position'; readonly topic: GatedTopic; readonly nextOffset: number }
  | { readonly type: 'gate'; readonly lookupEnd: number; readonly routedEnd: number }
  | { readonly type: 'stalled' }
  /** Another router takes the partition over: from now on only what that one leaves is decided. */
  | { readonly type: 'handed-over' }
  | {
      readonly type: 'acknowledged'
      readonly request: Request
      readonly decidedAt: number
      readonly appendedAt: number
    }
  | { readonly type: 'unacknowledged'; readonly request: Request }
  /** `overdueMax`: how many overdue requests may be decided now. */
  | { readonly type: 'tick'; readonly overdueMax: number }

/** What was noticed, for counting. */
export type Noticed =
  | 'arrival-repeated'
  | 'found-decided'
  | 'lookup-unused'
  | 'lookup-dropped'
  | 'decision-void'

export type Effect =
  | { readonly type: 'publish'; readonly request: Request; readonly decision: CallRouted }
  | { readonly type: 'noticed'; readonly what: Noticed; readonly count: number }

/** Owned linearly: only the result of the last `step` may be used. */
export interface PartitionState {
  readonly config: CoreConfig
  /** As configured, until the partition is handed over. */
  lane: LaneConfig
  /** Undecided or unacknowledged, in the order they were read. */
  readonly open: LastingMap<string, Request>
  /** Undecided ones that were in time when last seen. */
  inTime: number
  due: DueQueue<Request>
  /** Overdue requests in the order they were found so. */
  overdue: Request[]
  overdueFrom: number
  /** Read while the gate was closed: to be looked at once it opens. */
  unseen: Request[]
  readonly held: Map<number, Request>
  readonly markers: Markers
  readonly early: EarlyLookups
  readonly gate: Gate
  readonly watermark: Watermark
  /** Append time of the last arrival read. */
  arrivedUpTo: number
  /** Append time of the last decision read. */
  routedUpTo: number
  effects: Effect[]
}

/** A partition just taken over. `openSince`: no arrival before that append time is still open. */
export function takeOver(config: CoreConfig, openSince: number): PartitionState {
  return {
    config,
    lane: config.lane,
    open: createLastingMap(),
    inTime: 0,
    due: createDueQueue(),
    overdue: [],
    overdueFrom: 0,
    unseen: [],
    held: new Map(),
    markers: createMarkers(),
    early: createEarlyLookups(config.earlyMax, config.maxClockSkewMs),
    gate: createGate(),
    watermark: createWatermark(),
    arrivedUpTo: openSince,
    routedUpTo: -Infinity,
    effects: [],
  }
}
