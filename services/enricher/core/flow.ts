/**
 * One lookup as a state machine. The shell feeds it what happened and does what it says; it neither
 * waits nor asks by itself.
 *
 *   NEED     waits for the fact of another dependency
 *   LINE     waits for a free slot
 *   ASKED    the dependency has the question; `phase` tells how far it got
 *   RESTING  a try failed, the next one is due later inside the budget
 *   SETTLED  the budget is over and the timeout event given out; the question stays open for its
 *            late answer, which becomes a second record
 *   OVER     nothing more will come
 *
 * Exactly one `settle` comes out of every lookup that is not abandoned, at the latest when its budget
 * ends; at most one `late`, and only after a timeout.
 */
import { failure, type LiveFailure, type LiveResult, type LiveSkipped } from './live.ts'
import type { Live, Phase } from './live.ts'
import { timeoutText } from './settle.ts'

export interface Flow {
  readonly at: 'NEED' | 'LINE' | 'ASKED' | 'RESTING' | 'SETTLED' | 'OVER'
  /** Tries made. */
  readonly attempts: number
  readonly phase: Phase
  /** Why the try before failed, for the text of what follows. */
  readonly before: LiveFailure | null
}

export type FlowInput =
  /** All it needs is known: it may stand in line. */
  | { readonly kind: 'wanted' }
  /** LIVE is not to be asked: what it needs is unmet, the caller withheld, the call expired. */
  | { readonly kind: 'skipped'; readonly live: LiveSkipped }
  /** It has a slot, or its rest is over. */
  | { readonly kind: 'entered' }
  /** The breaker or the line turned it away. */
  | { readonly kind: 'refused'; readonly live: LiveFailure }
  | { readonly kind: 'reached'; readonly phase: Phase }
  /** A try ended; `retryInMs` is when it may be repeated, null for never. */
  | { readonly kind: 'answered'; readonly live: LiveResult; readonly retryInMs: number | null }
  | { readonly kind: 'budget-ended'; readonly budgetMs: number }
  /** Nobody waits for the late answer any longer. */
  | { readonly kind: 'late-ended' }
  | { readonly kind: 'abandoned' }

export type FlowEffect =
  | { readonly kind: 'join' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'rest'; readonly forMs: number }
  | { readonly kind: 'settle'; readonly live: Live }
  /** Keep the question open for its late answer, yielding the slot to others. */
  | { readonly kind: 'linger' }
  | { readonly kind: 'late'; readonly live: LiveResult }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'leave' }

export interface FlowStep {
  readonly flow: Flow
  readonly effects: readonly FlowEffect[]
}

export const NEW_FLOW: Flow = { at: 'NEED', attempts: 0, phase: 'QUEUED', before: null }

/** One step. Inputs that come too late for a state change nothing. */
export function stepFlow(flow: Flow, input: FlowInput): FlowStep {
  switch (input.kind) {
    case 'wanted':
      return flow.at === 'NEED' ? to(flow, { at: 'LINE' }, { kind: 'join' }) : stay(flow)
    case 'skipped':
      return flow.at === 'NEED' ? over(flow, { kind: 'settle', live: input.live }) : stay(flow)
    case 'entered':
      return flow.at === 'LINE' || flow.at === 'RESTING'
        ? to(flow, { at: 'ASKED', attempts: flow.attempts + 1, phase: 'CONNECT' }, { kind: 'ask' })
        : stay(flow)
    case 'refused':
      return flow.at === 'LINE' || flow.at === 'RESTING'
        ? over(flow, { kind: 'settle', live: flow.before ?? input.live }, { kind: 'leave' })
        : stay(flow)
    case 'reached':
      return flow.at === 'ASKED' ? to(flow, { phase: input.phase }) : stay(flow)
    case 'answered':
      return answered(flow, input)
    case 'budget-ended':
      return budgetEnded(flow, input.budgetMs)
    case 'late-ended':
      return flow.at === 'SETTLED' ? over(flow, { kind: 'cancel' }, { kind: 'leave' }) : stay(flow)
    case 'abandoned':
      return abandoned(flow)
    default:
      return stay(flow)
  }
}

function answered(flow: Flow, { live, retryInMs }: FlowInput & { kind: 'answered' }): FlowStep {
  if (flow.at === 'SETTLED') {
    // A failure after the timeout is no news; the timeout event has told it.
    if (live.kind === 'FAILED') return over(flow, { kind: 'leave' })
    return over(flow, { kind: 'late', live }, { kind: 'leave' })
  }
  if (flow.at !== 'ASKED') return stay(flow)
  if (live.kind === 'FAILED' && retryInMs !== null) {
    return to(flow, { at: 'RESTING', before: live }, { kind: 'rest', forMs: retryInMs })
  }
  return over(flow, { kind: 'settle', live }, { kind: 'leave' })
}

function budgetEnded(flow: Flow, budgetMs: number): FlowStep {
  switch (flow.at) {
    case 'NEED':
      return over(flow, {
        kind: 'settle',
        live: {
          kind: 'SKIPPED',
          cause: 'NEEDS_UNMET',
          detail: 'what it needs was not known in time',
        },
      })
    case 'LINE':
      return over(flow, { kind: 'settle', live: timedOut('QUEUED', budgetMs, null) }, LEAVE)
    case 'ASKED': {
      const live = timedOut(flow.phase, budgetMs, flow.before)
      return to(flow, { at: 'SETTLED' }, { kind: 'settle', live }, { kind: 'linger' })
    }
    case 'RESTING':
      // Rests end inside the budget; only a clock that was corrected meanwhile leads here.
      return over(
        flow,
        { kind: 'settle', live: flow.before ?? timedOut(flow.phase, budgetMs, null) },
        LEAVE,
      )
    case 'SETTLED':
    case 'OVER':
    default:
      return stay(flow)
  }
}

function abandoned(flow: Flow): FlowStep {
  switch (flow.at) {
    case 'OVER':
      return stay(flow)
    case 'NEED':
      return over(flow)
    case 'LINE':
    case 'RESTING':
      return over(flow, LEAVE)
    case 'ASKED':
    case 'SETTLED':
      return over(flow, { kind: 'cancel' }, LEAVE)
    default:
      return stay(flow)
  }
}

const LEAVE: FlowEffect = { kind: 'leave' }

function timedOut(phase: Phase, budgetMs: number, before: LiveFailure | null): LiveFailure {
  const text = timeoutText(phase, budgetMs)
  return failure(phase, before === null ? text : `${text}; the try before ${before.detail}`)
}

const stay = (flow: Flow): FlowStep => ({ flow, effects: [] })

const to = (flow: Flow, change: Partial<Flow>, ...effects: FlowEffect[]): FlowStep => ({
  flow: { ...flow, ...change },
  effects,
})

const over = (flow: Flow, ...effects: FlowEffect[]): FlowStep =>
  to(flow, { at: 'OVER' }, ...effects)
