/** Questions to the brokers: there and back, or no answer at all. */
import { CrosspointError } from '../../errors.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** Which broker coordinates groups and answers questions; any would do. */
export const COORDINATOR = 0

const NO_ANSWER_MS = 4000

/** What `look` finds at the broker, brought back; XP_BROKER_UNREACHABLE after 4 s when it got lost. */
export function ask<T>(
  process: MemoryProcess,
  weather: Weather,
  broker: MemoryBroker,
  what: string,
  look: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (weather.loses()) {
      const error = new CrosspointError('XP_BROKER_UNREACHABLE', `no broker answered about ${what}`)
      process.after(NO_ANSWER_MS, () => reject(error))
      return
    }
    broker.time.after(weather.latencyMs(COORDINATOR), () => {
      const found = look()
      process.after(weather.latencyMs(COORDINATOR), () => resolve(found))
    })
  })
}
