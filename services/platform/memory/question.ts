/** Questions to the brokers: there and back, or no answer at all. */
import { CrosspointError } from '../../errors.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** Which broker coordinates groups. */
export const COORDINATOR = 0

const NO_ANSWER_MS = 4000

/** By process and broker, when the last request arrives there: a connection keeps their order. */
const arrivals = new WeakMap<MemoryProcess, Map<number, number>>()

/** Has a request carried out at the brokers it goes to, none before those sent earlier. */
export function deliver(
  process: MemoryProcess,
  weather: Weather,
  broker: MemoryBroker,
  brokers: readonly number[],
  request: () => void,
): void {
  const before = arrivals.get(process) ?? new Map<number, number>()
  arrivals.set(process, before)
  const now = broker.time.nowMs()
  const reached = brokers.map((each) =>
    Math.max(before.get(each) ?? 0, now + weather.latencyMs(each)),
  )
  const atMs = Math.max(...reached)
  for (const each of brokers) before.set(each, atMs)
  broker.time.at(atMs, request)
}

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
    deliver(process, weather, broker, brokers, () => {
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
