/** Whether and when a failed try is repeated (design §5): only safe ones, only inside the budget. */
import type { LiveFailure } from './live.ts'

export interface RetrySettings {
  /** Tries in all; 1: never repeated. */
  readonly attemptsMax: number
  readonly baseMs: number
  readonly delayMsMax: number
  /** A try that has less time than this is not begun. */
  readonly tryMsMin: number
}

export const RETRY_DEFAULTS: RetrySettings = {
  attemptsMax: 3,
  baseMs: 50,
  delayMsMax: 1000,
  tryMsMin: 50,
}

/**
 * The delay before the next try in milliseconds, or null when there must be none. `attempts` counts
 * those made; `random` is a draw from [0, 1). A Retry-After is a lower bound, never shortened to fit.
 */
export function retryDelayMs(
  failure: Pick<LiveFailure, 'retry' | 'retryAfterMs'>,
  attempts: number,
  leftMs: number,
  random: number,
  settings: RetrySettings = RETRY_DEFAULTS,
): number | null {
  if (!failure.retry || attempts >= settings.attemptsMax) return null
  const ceiling = Math.min(settings.delayMsMax, settings.baseMs * 2 ** (attempts - 1))
  const backoffMs = ceiling / 2 + (ceiling / 2) * random
  const delayMs = Math.max(backoffMs, failure.retryAfterMs ?? 0)
  return delayMs + settings.tryMsMin <= leftMs ? delayMs : null
}
