/** What asking a dependency came to, before cache, override and freshness are weighed. */
import type { Cause, FactValue } from '../../../schemas/records.ts'

/** Where a lookup stood when its time was up: the cause a timeout gets (design §3). */
export type Phase = 'QUEUED' | 'CONNECT' | 'RESPONSE'

/** One record of a dependency, mapped by name but not yet held against the policy's types. */
export interface RawAnswer {
  readonly kind: 'FOUND'
  /** Absent names are missing; null is an answer: there is none. */
  readonly facts: { readonly [name: string]: unknown }
  /** The source's own time of the data, milliseconds; null when it gave none. */
  readonly syncedAt: number | null
}

export interface LiveFound {
  readonly kind: 'FOUND'
  readonly facts: { readonly [name: string]: FactValue }
  readonly missing: readonly string[]
  readonly syncedAt: number | null
}

interface LiveNone {
  readonly kind: 'NO_MATCH' | 'MULTIPLE_MATCH'
}

/** LIVE gave no answer. Causes QUEUED, CONNECT and RESPONSE are timeouts, all others failures. */
export interface LiveFailure {
  readonly kind: 'FAILED'
  readonly cause: Cause
  /** Safe text for people, to follow the dependency's name: `refused the connection`. */
  readonly detail: string
  /** `record`: the trouble concerns this one record, so it says nothing about the dependency. */
  readonly blame: 'dependency' | 'record'
  /** Asking again at once is safe and may help. */
  readonly retry: boolean
  /** How long the dependency asked to be left alone, milliseconds. */
  readonly retryAfterMs: number | null
}

/** LIVE was not asked at all. */
export interface LiveSkipped {
  readonly kind: 'SKIPPED'
  readonly cause: Cause
  readonly detail: string
}

/** What a connector gives. */
export type RawResult = RawAnswer | LiveNone | LiveFailure
/** What a connector gave, held against the policy's types. */
export type LiveResult = LiveFound | LiveNone | LiveFailure
/** All a lookup may come to. */
export type Live = LiveResult | LiveSkipped

export function isTimeout(cause: Cause): cause is Phase {
  return cause === 'QUEUED' || cause === 'CONNECT' || cause === 'RESPONSE'
}

/** LIVE had the word, also where it knows nobody or several. */
export function isAnswer({ kind }: Live): boolean {
  return kind !== 'FAILED' && kind !== 'SKIPPED'
}

/** A failure with the defaults of a dependency in trouble: blamed on it, not worth another try. */
export function failure(
  cause: Cause,
  detail: string,
  more: Partial<Pick<LiveFailure, 'blame' | 'retry' | 'retryAfterMs'>> = {},
): LiveFailure {
  return {
    kind: 'FAILED',
    cause,
    detail,
    blame: 'dependency',
    retry: false,
    retryAfterMs: null,
    ...more,
  }
}
