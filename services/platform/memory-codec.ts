/** The codec without a registry, for the simulator and unit tests: same bytes, fixed schema ids. */
import { TOPIC_NAMES, type TopicName } from '../topology.ts'
import { compileWriter, type AvroSchema, type AvroType } from './avro.ts'
import { createCodec, readerTypes } from './codec.ts'
import type { Codec } from './ports.ts'

export interface MemoryCodec extends Codec {
  /** The schema id in front of this topic's own records. */
  idOf(topic: TopicName): number
  /** Adds a writer's schema to the pretended registry: decode asks to `learn` its id first. */
  register(schema: AvroSchema): number
  /** Decode asks to `learn` this id again, as after a start during which the registry was down. */
  forget(schemaId: number): void
  /** While down, `learn` says `unavailable`: for one id, or for all without an id. */
  setRegistry(state: 'up' | 'down', schemaId?: number): void
}

export function memoryCodec(): MemoryCodec {
  const types = readerTypes()
  const ids = new Map(TOPIC_NAMES.map((topic, index) => [topic, index + 1]))
  const registered = new Map<number, AvroType>()
  const forgotten = new Set<number>()
  const refused = new Set<number>()
  const down = new Set<number>()
  let allDown = false
  for (const [topic, id] of ids) {
    const type = types.get(topic)
    if (type !== undefined) registered.set(id, type)
  }
  // Forgetting must reach the resolvers the codec caches, hence a new codec each time.
  const make = (): Codec =>
    createCodec(types, ids, {
      get: (id) =>
        refused.has(id) ? 'unknown' : forgotten.has(id) ? undefined : registered.get(id),
      async learn(id) {
        if (allDown || down.has(id)) return 'unavailable'
        forgotten.delete(id)
        if (registered.has(id)) return 'known'
        refused.add(id)
        return 'unknown'
      },
    })
  let codec = make()

  return {
    encode: (topic, value) => codec.encode(topic, value),
    decode: (topic, bytes) => codec.decode(topic, bytes),
    learn: (id) => codec.learn(id),
    idOf: (topic) => ids.get(topic) ?? 0,
    register(schema) {
      const id = 1000 + registered.size
      registered.set(id, compileWriter(schema))
      forgotten.add(id)
      return id
    },
    forget(id) {
      forgotten.add(id)
      codec = make()
    },
    setRegistry(state, id) {
      if (id === undefined) {
        allDown = state === 'down'
        down.clear()
      } else if (state === 'down') down.add(id)
      else down.delete(id)
    },
  }
}
