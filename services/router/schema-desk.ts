/**
 * Asks the registry for writers' schemas, one question a schema however many records wait for it, and
 * goes on asking while the registry is silent (design §4.10).
 */
import type { Clock, Codec } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

export interface SchemaDesk {
  /** `then` runs once the registry has answered: decoding again then gives a final answer. */
  ask(schemaId: number, then: () => void): void
  stop(): void
}

const RETRY_EVERY_MS = 250

export function createSchemaDesk(codec: Codec, clock: Clock): SchemaDesk {
  const waiting = new Map<number, (() => void)[]>()
  const life = { stopped: false }

  const learn = async (schemaId: number): Promise<void> => {
    while (!life.stopped && (await codec.learn(schemaId)) === 'unavailable') {
      await wait(clock, RETRY_EVERY_MS)
    }
    const all = waiting.get(schemaId) ?? []
    waiting.delete(schemaId)
    if (!life.stopped) for (const then of all) then()
  }
  return {
    ask(schemaId, then) {
      const others = waiting.get(schemaId)
      if (others !== undefined) {
        others.push(then)
        return
      }
      waiting.set(schemaId, [then])
      void learn(schemaId)
    },
    stop() {
      life.stopped = true
    },
  }
}
