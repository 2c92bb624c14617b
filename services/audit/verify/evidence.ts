/**
 * What the promises are checked against (design §9): the topics as they stand, what producers were
 * told, what was really done to the dependencies, and what people could read. Nothing here comes from
 * the router's own idea of what happened.
 */
import type {
  CallArrived,
  CallRouted,
  DecisionAudited,
  FallbackApplied,
  LookupArrivedLate,
  LookupSettled,
} from '../../../schemas/records.ts'
import type { LagSample } from './catch-up.ts'
import type { Governing } from './governing.ts'

/** A record as it stands in its topic; `value` is null where its bytes can't be read. */
export interface Stored<T> {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
  readonly key: string | null
  readonly value: T | null
  /** From the record's header; null when absent or no number. */
  readonly requestNo: number | null
}

export interface DeadLettered {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly code: string
}

export interface Topics {
  readonly arrived: readonly Stored<CallArrived>[]
  readonly lookups: readonly Stored<LookupSettled>[]
  readonly routed: readonly Stored<CallRouted>[]
  readonly decisions: readonly Stored<DecisionAudited>[]
  readonly fallbacks: readonly Stored<FallbackApplied>[]
  readonly late: readonly Stored<LookupArrivedLate>[]
  readonly deadLetters: readonly DeadLettered[]
}

/** An arrival whose producer was told that it is stored. */
export interface AckedArrival {
  readonly callId: string
  readonly requestNo: number
  readonly partition: number
  readonly offset: number
}

/** A decision the ACD acted on. */
export interface Delivered {
  readonly callId: string
  readonly requestNo: number
  readonly decisionId: string
}

/** What was done to a dependency, and when (broker and host share a clock on one machine). */
export interface FaultInterval {
  readonly dependency: string
  /** `healthy`, or the name of what was done. */
  readonly mode: string
  readonly fromMs: number
  readonly toMs: number
  /** Of the requests, 0 to 1; absent: all of them. */
  readonly share?: number
  /** By how much the sync times of its answers were wrong; absent: not at all, or there were none. */
  readonly syncShiftMs?: number
}

/** A stretch in which no decision could be stored, computed from what was done, never declared. */
export interface Outage {
  readonly fromMs: number
  readonly toMs: number
}

/** Something a person or a program can read: a log, metrics, a report, an error. */
export interface Readable {
  readonly source: string
  readonly text: string
}

export interface Evidence {
  readonly topics: Topics
  readonly windowMs: number
  /** The window of a policy's version where it is known; else `windowMs` counts. */
  readonly windowOf?: (policyVersion: string) => number | null
  /** The policy's limit of freshness; null: the dependency has none. */
  readonly staleAfterMsOf?: (dependency: string) => number | null
  readonly maxClockSkewMs: number
  /** The lowest offset that a partition still holds; absent: nothing was deleted. */
  readonly heldFrom?: HeldFrom
  /** Absent: every record of call.arrived counts as acknowledged. */
  readonly acked?: readonly AckedArrival[]
  readonly delivered?: readonly Delivered[]
  readonly faults?: readonly FaultInterval[]
  readonly outages?: readonly Outage[]
  /** Consumer lag over time, and the bound fixed before the run. */
  readonly lag?: {
    readonly samples: readonly LagSample[]
    readonly healedAtMs: number
    /** Records that a service is given in a second while calls come. */
    readonly onTheWay: (service: string) => number
    readonly boundMs: number
  }
  /** Numbers of all callers, where `topics` holds only some of the calls; absent: of those it holds. */
  readonly callers?: ReadonlySet<string>
  readonly readables?: readonly Readable[]
  /** Records of audit.* as they are on disk, for what must not stand in them. */
  readonly auditBytes?: readonly { readonly source: string; readonly bytes: Uint8Array }[]
  /** Values of class token or drop that must appear nowhere in clear, besides callers' numbers. */
  readonly secrets?: ReadonlySet<string>
  /** Decides a recorded decision again; null when it gives the record, else what differs (I7). */
  readonly replay?: (decision: DecisionAudited) => string | null
  /** Which policy governed a decision's arrival (I7); absent: nobody asks. */
  readonly governing?: Governing
}

/** Topics are kept for different times: the audit speaks of arrivals that are long deleted. */
export type HeldFrom = (topic: 'call.arrived' | 'call.routed', partition: number) => number

export type PromiseId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10'

/** One breach, in words for people; `callId` where one call shows it. */
export interface Breach {
  readonly callId?: string
  readonly what: string
}

/** What checking one promise gave: how many things were looked at, and what broke it. */
export interface Finding {
  readonly checked: number
  readonly breaches: readonly Breach[]
}
