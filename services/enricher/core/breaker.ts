/**
 * A circuit breaker as a pure machine: told what happened and when, it says whether to ask. Libraries
 * have such breakers, but theirs read the machine's clock, and this one must run in virtual time. It
 * is blind to errors that concern one record only: the flow reports those as successes of the
 * dependency, because it did answer.
 */

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failuresMax: number
  /** How long it stays open before one lookup may try again. */
  readonly openMs: number
  /** The longest a Retry-After may keep everyone away. */
  readonly holdMsMax: number
}

export const BREAKER_DEFAULTS: BreakerSettings = {
  failuresMax: 10,
  openMs: 2000,
  holdMsMax: 10_000,
}

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

export interface Breaker {
  /**
   * Whether a try may go out now. `trial`: it may, and its result decides for all others. `held`: the
   * dependency asked to be left alone.
   */
  admit(nowMs: number): 'yes' | 'trial' | 'open' | 'held'
  /** The dependency answered, whatever it said of the record. */
  succeeded(): void
  failed(nowMs: number, trial: boolean): void
  /** A try that can't tell anything ended: cancelled, or given too little time. */
  unknown(trial: boolean): void
  /** The dependency asked to be left alone for so long. */
  hold(nowMs: number, forMs: number): void
  state(nowMs: number): BreakerState
}

export function createBreaker(settings: BreakerSettings = BREAKER_DEFAULTS): Breaker {
  let failures = 0
  let openedAt: number | null = null
  let trialUnderWay = false
  let heldUntil = -Infinity

  return {
    admit(nowMs) {
      if (nowMs < heldUntil) return 'held'
      if (openedAt === null) return 'yes'
      if (trialUnderWay || nowMs - openedAt < settings.openMs) return 'open'
      trialUnderWay = true
      return 'trial'
    },
    succeeded() {
      failures = 0
      openedAt = null
      trialUnderWay = false
    },
    failed(nowMs, trial) {
      if (trial) {
        trialUnderWay = false
        openedAt = nowMs
      }
      // Tries that went out before it opened must not push the next trial away.
      if (openedAt !== null) return
      failures += 1
      if (failures >= settings.failuresMax) openedAt = nowMs
    },
    unknown(trial) {
      if (trial) trialUnderWay = false
    },
    hold(nowMs, forMs) {
      heldUntil = Math.max(heldUntil, nowMs + Math.min(forMs, settings.holdMsMax))
    },
    state(nowMs) {
      if (openedAt === null) return nowMs < heldUntil ? 'OPEN' : 'CLOSED'
      return trialUnderWay || nowMs - openedAt >= settings.openMs ? 'HALF_OPEN' : 'OPEN'
    },
  }
}
