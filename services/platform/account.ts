/** Who changes how calls are routed, and why: asked of every such command, kept as long as the audit is. */
import { CrosspointError, type ErrorCode } from '../errors.ts'
import { createScrubber } from './log.ts'

const LENGTH_MAX = 1000
const scrub = createScrubber([])

/** Throws an error of that code unless both are there and fit to be kept in clear. */
export function requireAccount(
  account: { readonly author: string; readonly reason: string },
  code: ErrorCode,
): void {
  for (const option of ['author', 'reason'] as const) {
    const text = account[option]
    if (text.trim() === '' || text.length > LENGTH_MAX) {
      throw new CrosspointError(code, `--${option} must have 1 to ${LENGTH_MAX} characters`)
    }
    if (scrub.text(text) !== text) {
      const message = `--${option} holds what looks like a phone number or a password; leave it out`
      throw new CrosspointError(code, message)
    }
  }
}
