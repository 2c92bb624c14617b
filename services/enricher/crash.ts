/** For fault tests: where and when an enricher kills itself. */
import { CrosspointError } from '../errors.ts'
import type { CrashPoint } from './lookups.ts'

/**
 * CRASH_POINT names where the process dies, CRASH_AT at which lookup (the first without it). Null where
 * no point is named. Throws XP_SETTING_INVALID for every other value.
 */
export function crashPointOf(
  env: Readonly<Record<string, string | undefined>>,
  crash: () => void,
): ((point: CrashPoint) => void) | null {
  const wanted = env['CRASH_POINT'] ?? ''
  if (wanted !== '' && wanted !== 'after-lookup' && wanted !== 'after-publish') {
    throw invalid(`CRASH_POINT is ${JSON.stringify(wanted)}; allowed: after-lookup, after-publish`)
  }
  const at = env['CRASH_AT'] ?? ''
  if (at !== '' && !/^[1-9]\d{0,8}$/.test(at)) {
    throw invalid(`CRASH_AT is ${JSON.stringify(at)}; allowed: a whole number from 1`)
  }
  if (wanted === '') return null
  let left = at === '' ? 1 : Number(at)
  return (point) => {
    if (point !== wanted) return
    left -= 1
    if (left <= 0) crash()
  }
}

const invalid = (message: string): CrosspointError =>
  new CrosspointError('XP_SETTING_INVALID', message)
