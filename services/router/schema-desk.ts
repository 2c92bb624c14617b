/**
 * Asks the registry for writers' schemas, one question a schema however many records wait for it, and
 * goes on asking while the registry is silent (design §4.10).
 */
import type { Clock, Codec } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

export interface SchemaDesk {
  /**
   * `then` runs once the registry has answered: decoding again then gives a final answer. It is let go
   * of, and what it holds with it, when `wanted` says no.
   */
  ask(schemaId: number, then: () => void, wanted: () => boolean): void
  stop(): void
}

interface Asker {
  readonly then: () => void
  readonly wanted: () => boolean
}

const RETRY_EVERY_MS = 250

export function createSchemaDesk(codec: Codec, clock: Clock): SchemaDesk {
  const waiting = new Map<number, Asker[]>()
  const life = { stopped: false }

  const learn = async (schemaId: number): Promise<void> => {
    while (!life.stopped && (await codec.learn(schemaId)) === 'unavailable') {
      const still = (waiting.get(schemaId) ?? []).filter(({ wanted }) => wanted())
      waiting.set(schemaId, still)
      if (still.length === 0) break
      await wait(clock, RETRY_EVERY_MS)
    }
    const all = waiting.get(schemaId) ?? []
    waiting.delete(schemaId)
    if (life.stopped) return
    for (const { then, wanted } of all) if (wanted()) then()
  }
  return {
    ask(schemaId, then, wanted) {
      const others = waiting.get(schemaId)
      if (others !== undefined) {
        others.push({ then, wanted })
        return
      }
      waiting.set(schemaId, [{ then, wanted }])
      void learn(schemaId)
    },
    stop() {
      life.stopped = true
    },
  }
}
