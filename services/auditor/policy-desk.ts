/**
 * Policies whose text this process has not met: during a rolling change another router decides by a
 * policy published after this one started. Without the text no fact may be kept, for 400 days; so the
 * decision waits a while for it.
 */
import type { Logger } from 'pino'
import type { Clock } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

/** Where policies' texts come from. */
export interface PolicySource {
  /** False while the text of this version may still come. */
  met(version: string): boolean
  /** Looks for the text of this version; rejects when it can't look. */
  reread(version: string): Promise<void>
}

export interface PolicyDesk {
  /** True when there is nothing to wait for: the text was met, or was waited for long enough. */
  settled(version: string): boolean
  /** Looks for the text until it is settled; resolves false only when the auditor stops. */
  settle(version: string): Promise<boolean>
}

const REREAD_EVERY_MS = 1000
/** A text that is not there after so long is not waited for: decisions are audited without facts. */
const PATIENCE_MS = 30_000

export function createPolicyDesk(
  source: PolicySource,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  stopping: () => boolean,
): PolicyDesk {
  /** By version, host time of the last look for a text that was waited for in vain. */
  const givenUp = new Map<string, number>()

  const look = async (version: string): Promise<boolean> => {
    try {
      await source.reread(version)
      return true
    } catch (error) {
      logger.warn({ err: error }, 'auditor: audit.policy was not read, trying again')
      return false
    }
  }
  return {
    settled(version) {
      if (source.met(version)) return true
      const lookedAtMs = givenUp.get(version)
      if (lookedAtMs === undefined) return false
      if (clock.nowMs() - lookedAtMs > PATIENCE_MS) {
        givenUp.set(version, clock.nowMs())
        void look(version)
      }
      return true
    },
    async settle(version) {
      const untilMs = clock.nowMs() + PATIENCE_MS
      while (!stopping()) {
        const looked = await look(version)
        if (source.met(version)) return true
        if (looked && clock.nowMs() >= untilMs) {
          logger.error({ policyVersion: version }, 'auditor: no text of a policy, no facts kept')
          givenUp.set(version, clock.nowMs())
          return true
        }
        await wait(clock, REREAD_EVERY_MS)
      }
      return false
    },
  }
}
