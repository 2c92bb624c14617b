/** Starting the auditor beside a router that decides already. */
import { CrosspointError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

const PAUSE_MS = 1000

/** What is between us and the brokers, and may be mended there; all else is a mistake of this deployment. */
const PASSING: ReadonlySet<string> = new Set([
  'XP_BROKER_UNREACHABLE',
  'XP_BROKER_FAILED',
  'XP_BROKER_AUTH',
  'XP_BROKER_TLS',
])

/**
 * Tries until it starts; null when it is not wanted any more. Brokers that do not answer are no reason to
 * end a router: it decides again when they are back. Rejects where trying again would change nothing.
 */
export async function untilStarted<Started>(
  clock: Clock,
  wanted: () => boolean,
  start: () => Promise<Started>,
  failed: (error: unknown) => void,
): Promise<Started | null> {
  while (wanted()) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof CrosspointError && PASSING.has(error.code))) throw error
      failed(error)
      await wait(clock, PAUSE_MS)
    }
  }
  return null
}
