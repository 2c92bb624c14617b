/**
 * Codecs of the simulated world. All processes share the compiled schemas, yet each learns schemas of
 * others for itself, from a registry that can be down.
 */
import { memoryCodec } from '../../services/platform/memory-codec.ts'
import type { MemoryProcess } from '../../services/platform/memory/process.ts'
import type { Codec, Decoded } from '../../services/platform/ports.ts'
import { TOPIC_NAMES } from '../../services/topology.ts'

const real = memoryCodec()

/**
 * Every record is decoded once, by the real codec, however many processes read it: the broker hands the
 * same bytes to all of them, and what was decoded is read only.
 */
const decoded = new WeakMap<Uint8Array, Decoded<unknown>>()

const shared: Pick<typeof real, 'encode' | 'decode' | 'learn' | 'idOf'> = {
  ...real,
  decode(topic, bytes) {
    if (bytes === null) return real.decode(topic, bytes)
    const known = decoded.get(bytes)
    // Bytes lie in one topic only; those of dead letters are never decoded.
    if (known !== undefined) return known as ReturnType<typeof real.decode<typeof topic>>
    const read = real.decode(topic, bytes)
    decoded.set(bytes, read)
    return read
  },
}
const own = new Set(TOPIC_NAMES.map((topic) => shared.idOf(topic)))

/** A switch's own version of call.arrived: other id, same fields. */
const FOREIGN_ID = 700
/** No registry has ever heard of this one. */
const UNKNOWN_ID = 999

/** Reads everything, whatever the registry's state: for the checks. */
export const fullCodec: Codec = {
  encode: (topic, value) => shared.encode(topic, value),
  decode: (topic, bytes) => shared.decode(topic, asOwn(bytes)),
  learn: (id) => shared.learn(id),
}

export interface Registry {
  down: boolean
}

/** The codec of one process: schemas other than ours must be learnt first. */
export function processCodec(process: MemoryProcess, registry: Registry): Codec {
  const learnt = new Map<number, 'known' | 'unknown'>()
  return {
    encode: (topic, value) => shared.encode(topic, value),
    decode(topic, bytes) {
      const id = idOf(bytes)
      if (id === null || own.has(id)) return shared.decode(topic, bytes)
      const state = learnt.get(id)
      if (state === undefined) return { ok: false, retry: true, schemaId: id }
      if (state === 'known') return shared.decode(topic, asOwn(bytes))
      const message = `schema ${id} is not known to the registry`
      return { ok: false, retry: false, code: 'XP_SCHEMA_UNKNOWN', message }
    },
    learn: (id) =>
      new Promise((resolve) => {
        process.after(registry.down ? 300 : 5, () => {
          if (registry.down) {
            resolve('unavailable')
            return
          }
          const found = id === FOREIGN_ID ? 'known' : 'unknown'
          learnt.set(id, found)
          resolve(found)
        })
      }),
  }
}

/** The same record as if its producer had registered a schema of its own. */
export function asForeign(bytes: Uint8Array): Uint8Array {
  return withId(bytes, FOREIGN_ID)
}

/** The same record with a schema id that no registry knows. */
export function asUnknown(bytes: Uint8Array): Uint8Array {
  return withId(bytes, UNKNOWN_ID)
}

function asOwn(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || idOf(bytes) !== FOREIGN_ID) return bytes
  return withId(bytes, shared.idOf('call.arrived'))
}

function withId(bytes: Uint8Array, id: number): Uint8Array {
  const copy = Buffer.from(bytes)
  copy.writeUInt32BE(id, 1)
  return copy
}

function idOf(bytes: Uint8Array | null): number | null {
  if (bytes === null || bytes.length < 5 || bytes[0] !== 0) return null
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(1)
}
