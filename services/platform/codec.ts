/**
 * The codec of ports.ts: Avro in the Confluent wire format (a zero byte, the writer's schema id in four
 * bytes, the value). Where the schemas of other writers come from is the business of `Writers`; the
 * registry's are in `open-codec.ts`, a pretended registry for tests and the simulator in
 * `memory-codec.ts`.
 */
import type avsc from 'avsc'
import { CrosspointError } from '../errors.ts'
import { TOPIC_NAMES, type RecordOf, type TopicName } from '../topology.ts'
import {
  compileReader,
  loadSchemas,
  misfit,
  sameLayout,
  type AvroSchema,
  type AvroType,
} from './avro.ts'
import type { Codec, Decoded } from './ports.ts'

/** Larger records are neither written nor read (Kafka's own default limit is a little above). */
export const RECORD_BYTES_MAX = 1_000_000

const HEAD_BYTES = 5
const SLAB_BYTES = 32 * 1024

/** The writers' schemas known so far. */
export interface Writers {
  /** The type of a writer's schema; `unknown`: there is none for sure; undefined: not known yet. */
  get(schemaId: number): AvroType | 'unknown' | undefined
  learn(schemaId: number): Promise<'known' | 'unknown' | 'unavailable'>
}

interface Reading {
  readonly type: AvroType
  /** By writer's id: how to read it, or null when it can't be read as this record. */
  readonly resolvers: Map<number, Resolver | null | 'same'>
}

type Resolver = ReturnType<avsc.Type['createResolver']>

/** `ids` names the schema each topic's records are written with. */
export function createCodec(
  types: ReadonlyMap<TopicName, AvroType>,
  ids: ReadonlyMap<TopicName, number>,
  writers: Writers,
): Codec {
  const readings = new Map<TopicName, Reading>(
    [...types].map(([topic, type]) => [topic, { type, resolvers: new Map() }]),
  )
  const reading = (topic: TopicName): Reading => known(readings, topic)
  const slab = createSlab()

  return {
    encode(topic, value) {
      const { type } = reading(topic)
      const id = ids.get(topic)
      if (id === undefined) {
        throw new CrosspointError('XP_SCHEMA_MISSING', `the registry has none to write ${topic} by`)
      }
      const write = (into: Buffer, at: number): number => type.encode(value, into, at + HEAD_BYTES)
      let bytes: Buffer
      try {
        bytes = slab(write)
      } catch {
        throw new CrosspointError('XP_RECORD_INVALID', `${topic}: ${misfit(type, value)}`)
      }
      if (bytes.length > RECORD_BYTES_MAX) {
        throw new CrosspointError(
          'XP_RECORD_TOO_LARGE',
          `${topic}: ${bytes.length} bytes, at most ${RECORD_BYTES_MAX} are written`,
        )
      }
      bytes[0] = 0
      bytes.writeUInt32BE(id, 1)
      return bytes
    },
    decode(topic, bytes) {
      return decode(reading(topic), topic, bytes, writers)
    },
    learn: (schemaId) => writers.learn(schemaId),
  }
}

function decode<T extends TopicName>(
  { type, resolvers }: Reading,
  topic: T,
  bytes: Uint8Array | null,
  writers: Writers,
): Decoded<RecordOf[T]> {
  if (bytes === null || bytes.length === 0) {
    return broken('XP_RECORD_EMPTY', 'the record has no value')
  }
  if (bytes.length > RECORD_BYTES_MAX) {
    return unreadable(`${bytes.length} bytes, at most ${RECORD_BYTES_MAX} are read`)
  }
  if (bytes.length < HEAD_BYTES || bytes[0] !== 0) {
    return unreadable('not the Confluent wire format: no zero byte and schema id in front')
  }
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const schemaId = buffer.readUInt32BE(1)
  let resolver = resolvers.get(schemaId)
  if (resolver === undefined) {
    const writer = writers.get(schemaId)
    if (writer === undefined) return { ok: false, retry: true, schemaId }
    if (writer === 'unknown') {
      return broken('XP_SCHEMA_UNKNOWN', `the registry has no schema with id ${schemaId}`)
    }
    resolver = resolve(type, writer)
    resolvers.set(schemaId, resolver)
  }
  if (resolver === null) {
    return unreadable(`schema ${schemaId} is not one a reader of ${topic} can read`)
  }
  try {
    const { value, offset } = type.decode(
      buffer,
      HEAD_BYTES,
      resolver === 'same' ? undefined : resolver,
    )
    if (offset < 0) return unreadable('the bytes end before the record does')
    if (offset !== buffer.length) return unreadable('bytes are left after the record')
    return { ok: true, value: value as RecordOf[T] }
  } catch {
    // avsc's message may quote a value: it stays here.
    return unreadable('the bytes are not a record of the schema they name')
  }
}

function resolve(reader: AvroType, writer: AvroType): Resolver | null | 'same' {
  if (sameLayout(reader, writer)) return 'same'
  try {
    return reader.createResolver(writer)
  } catch {
    return null
  }
}

const unreadable = (message: string) => broken('XP_RECORD_UNREADABLE', message)

function broken(
  code: 'XP_RECORD_EMPTY' | 'XP_RECORD_UNREADABLE' | 'XP_SCHEMA_UNKNOWN',
  message: string,
): { ok: false; retry: false; code: typeof code; message: string } {
  return { ok: false, retry: false, code, message }
}

function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key)
  if (value === undefined) throw new Error(`no schema for ${String(key)}`)
  return value
}

/**
 * Room for encoded records. Many share a slab, no room is used twice: a record stays as it is until
 * its last reader lets go of it.
 */
function createSlab(): (write: (into: Buffer, at: number) => number) => Buffer {
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  let used = 0
  return (write) => {
    let end = write(slab, used)
    if (end < 0) {
      const need = slab.length - used - end
      if (need > SLAB_BYTES / 2) {
        const own = Buffer.allocUnsafeSlow(need)
        write(own, 0)
        return own
      }
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      used = 0
      end = write(slab, used)
    }
    const bytes = slab.subarray(used, end)
    used = end
    return bytes
  }
}

/** The reader's type of every topic, compiled once for each schema. */
export function readerTypes(
  schemas: ReadonlyMap<TopicName, AvroSchema> = loadSchemas(),
): ReadonlyMap<TopicName, AvroType> {
  const compiled = new Map<string, AvroType>()
  const types = new Map<TopicName, AvroType>()
  for (const topic of TOPIC_NAMES) {
    const schema = known(schemas, topic)
    const text = JSON.stringify(schema)
    const type = compiled.get(text) ?? compileReader(schema)
    compiled.set(text, type)
    types.set(topic, type)
  }
  return types
}
