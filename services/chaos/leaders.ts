/**
 * Who leads the partitions that a decision comes from and goes to, looked at twice a second. Brokers move leaders by
 * themselves too, minutes after one of them has come back (preferred leader election), and for appends
 * that is a short outage; since nobody strikes then, it has to be seen.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { connectAdmin, type LogAdmin } from '../platform/kafka/admin.ts'
import { kafkaOptions } from '../platform/kafka-options.ts'
import type { Settings } from '../platform/settings.ts'
import type { Truth } from './truth.ts'

const TOPICS = ['call.arrived', 'call.routed'] as const
const EVERY_MS = 500

/** Tells the truth of each look that finds other leaders than the one before. */
export async function watchLeaders(settings: Settings, truth: Truth): Promise<AsyncDisposable> {
  const admin = await connectAdmin(kafkaOptions(settings, 'chaos-leaders'))
  const ended = new AbortController()
  const watching = watch(admin, truth, ended.signal)
  return {
    async [Symbol.asyncDispose]() {
      ended.abort()
      await watching
      await admin.close()
    },
  }
}

async function watch(admin: LogAdmin, truth: Truth, signal: AbortSignal): Promise<void> {
  let before: readonly number[] = []
  let seenAt = Date.now()
  while (!signal.aborted) {
    // Brokers that do not answer tell nothing; what happened meanwhile shows at the next look.
    const leaders = await leadersIn(admin).catch(() => null)
    if (leaders !== null) {
      const moved = leaders.filter((leader, index) => before.length > 0 && leader !== before[index])
      const sinceMs = Date.now() - seenAt
      if (moved.length > 0) {
        truth.did({ kind: 'leaders', target: 'brokers', detail: { moved: moved.length, sinceMs } })
      }
      before = leaders
      seenAt = Date.now()
    }
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

const leadersIn = async (admin: LogAdmin): Promise<readonly number[]> =>
  (await Promise.all(TOPICS.map((topic) => admin.leaders(topic)))).flat()
