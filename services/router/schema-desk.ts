/**
 * Asks the registry for writers' schemas, one question a schema however many records wait for it, and
 * goes on asking while the registry is silent (design §4.10).
 */
import type { Clock, Codec } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

export interface SchemaDesk {
  /**
   * `answered` is called once the registry has answered: decoding again then gives a final answer. It is let go
   * of, and what it holds with it, when `wanted` says no.
   */
  ask(schemaId: number, answered: () => void, wanted: () => boolean): void
  stop(): void
}

interface Asker {
  readonly answered: () => void
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
    for (const { answered, wanted } of all) if (wanted()) answered()
  }
  return {
    ask(schemaId, answered, wanted) {
      const others = waiting.get(schemaId)
      if (others !== undefined) {
        others.push({ answered, wanted })
        return
      }
      waiting.set(schemaId, [{ answered, wanted }])
      void learn(schemaId)
    },
    stop() {
      life.stopped = true
    },
  }
}
