/** Moments as people give them on a command line. */
import { CrosspointError } from '../errors.ts'
import type { Moment } from './export/state.ts'

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/u

/**
 * `start`, an age such as `10m`, `2h` or `1d` (counted back from `nowMs`), or an ISO 8601 time, UTC
 * unless it says otherwise. Gives milliseconds since 1970, or `start`. Throws XP_USAGE for anything else.
 */
export function momentOf(
  text: string,
  nowMs: number,
  option = '--from',
): 'start' | { readonly timeMs: number } {
  // The end of a range at its start would be none.
  if (text === 'start' && option !== '--to') return 'start'
  const age = /^(\d{1,6})([smhd])$/u.exec(text)
  if (age !== null) {
    return { timeMs: nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0) }
  }
  // As every command tells times: in UTC, and not another moment on another machine.
  const given = WITHOUT_ZONE.test(text) ? `${text.replace(' ', 'T')}Z` : text
  const timeMs = /^\d{4}-\d\d-\d\d/u.test(given) ? Date.parse(given) : Number.NaN
  if (!Number.isNaN(timeMs)) return { timeMs }
  throw new CrosspointError('XP_USAGE', `${option} ${JSON.stringify(text)} is no moment`, {
    remedy: `Give ${option === '--to' ? '' : '`start`, '}an age such as 10m, 2h or 1d, or a time such as 2026-11-21T09:30:00Z.`,
  })
}

/** A range as people give it; null where it is open. Throws XP_USAGE when it ends before it begins. */
export function rangeGiven(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): { readonly from: Moment | null; readonly to: Moment | null } {
  const given = (text: string | undefined, option: string): Moment | null => {
    const moment = text === undefined ? 'start' : momentOf(text, nowMs, option)
    return text === undefined || moment === 'start' ? null : { text, timeMs: moment.timeMs }
  }
  const range = { from: given(from, '--from'), to: given(to, '--to') }
  if (range.from !== null && range.to !== null && range.to.timeMs <= range.from.timeMs) {
    throw new CrosspointError('XP_USAGE', `--to ${to} is not after --from ${from}`, {
      remedy: 'An age counts back from now: --from 2h --to 1h is the hour before the last.',
    })
  }
  return range
}
