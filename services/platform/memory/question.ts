/** Questions to the brokers: there and back, or no answer at all. */
import { CrosspointError } from '../../errors.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** Which broker coordinates groups. */
export const COORDINATOR = 0

const NO_ANSWER_MS = 4000

interface Question<T> {
  /** For error texts. */
  readonly about: string
  /** Who must be asked; the slowest sets the pace. */
  readonly brokers: readonly number[]
  /** What is found there; what it throws comes back as the answer. */
  readonly look: () => T
}

/**
 * What `look` finds at the brokers, brought back; XP_BROKER_UNREACHABLE after 4 s without an answer. What
 * was asked may be carried out all the same, later.
 */
export function ask<T>(
  process: MemoryProcess,
  weather: Weather,
  broker: MemoryBroker,
  { about, brokers, look }: Question<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = process.after(NO_ANSWER_MS, () =>
      reject(new CrosspointError('XP_BROKER_UNREACHABLE', `no broker answered about ${about}`)),
    )
    if (weather.loses()) return
    const farthestMs = (): number => Math.max(...brokers.map((each) => weather.latencyMs(each)))
    const back = (answer: () => void): void => {
      process.after(farthestMs(), () => {
        giveUp()
        answer()
      })
    }
    broker.time.after(farthestMs(), () => {
      try {
        const found = look()
        back(() => resolve(found))
      } catch (error) {
        back(() => reject(error instanceof Error ? error : new Error(String(error))))
      }
    })
  })
}

/** Asks the coordinator of groups alone. */
export function askCoordinator<T>(
  process: MemoryProcess,
  weather: Weather,
  broker: MemoryBroker,
  about: string,
  look: () => T,
): Promise<T> {
  return ask(process, weather, broker, { about, brokers: [COORDINATOR], look })
}
