import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileReader, compileWriter, loadSchemas } from '../../../services/platform/avro.ts'
import { RECORD_BYTES_MAX } from '../../../services/platform/codec.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { TOPIC_NAMES, type RecordOf } from '../../../services/topology.ts'
import type { LookupSettled } from '../../../schemas/records.ts'
import { arbitraryOf } from './records.ts'
import { lookupSettled } from '../../records.ts'

const schemas = loadSchemas()

const lookup = lookupSettled({
  callId: 'c-1',
  facts: { tier: 'PLATINUM', vip: true, balance: 12, share: 0.5, tags: ['a'], none: null },
  syncedAt: 1_790_000_000_000,
})

/** The schema of lookups as another program may have it. */
function foreign(change: (schema: { fields: { name: string; type: unknown }[] }) => void): never {
  const schema = structuredClone(schemas.get('call.lookup')) as never
  change(schema)
  return schema
}

function framed(id: number, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, body])
}

describe('round trip', () => {
  test.each(TOPIC_NAMES)('%s: what is encoded is decoded again, field by field', (topic) => {
    const codec = memoryCodec()
    fc.assert(
      fc.property(arbitraryOf(schemas.get(topic) as never), (value) => {
        const bytes = codec.encode(topic, value as RecordOf[typeof topic])
        const decoded = codec.decode(topic, bytes)
        expect(decoded).toMatchObject({ ok: true })
        if (decoded.ok) expect(plain(decoded.value)).toEqual(plain(value))
      }),
      { numRuns: 60 },
    )
  })

  test.each(TOPIC_NAMES)('%s: bytes are those that the Avro library writes', (topic) => {
    const codec = memoryCodec()
    const library = avsc.Type.forSchema(schemas.get(topic) as never, { wrapUnions: 'always' })
    fc.assert(
      fc.property(arbitraryOf(schemas.get(topic) as never), (value) => {
        const body = Buffer.from(codec.encode(topic, value as RecordOf[typeof topic])).subarray(5)
        expect(library.toBuffer(library.fromBuffer(body)).equals(body)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('texts of any length and script come back, the first time and the next', () => {
    const codec = memoryCodec()
    const unit = fc.constantFrom('a', 'ab', 'ü', '€', '😀', '')
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
        const value = { ...lookup, asked: units.join(''), detail: 'a'.repeat(units.length) }
        const bytes = codec.encode('call.lookup', value)
        for (const decoded of [bytes, bytes].map((one) => codec.decode('call.lookup', one))) {
          expect(decoded.ok && plain(decoded.value)).toEqual(plain(value))
        }
      }),
    )
  })

  test('a fact keeps its kind: whole numbers are longs, others doubles', () => {
    const codec = memoryCodec()
    const decoded = codec.decode('call.lookup', codec.encode('call.lookup', lookup))
    expect(decoded.ok && decoded.value.facts).toEqual(lookup.facts)
  })

  test('records encoded one after the other do not touch each other', () => {
    const codec = memoryCodec()
    const all = Array.from({ length: 3000 }, (_, index) =>
      codec.encode('call.lookup', { ...lookup, callId: `c-${index}` }),
    )
    for (const [index, bytes] of all.entries()) {
      const decoded = codec.decode('call.lookup', bytes)
      expect(decoded.ok && decoded.value.callId).toBe(`c-${index}`)
    }
  })

  test('a record larger than half a slab has room of its own', () => {
    const codec = memoryCodec()
    const large = { ...lookup, detail: 'x'.repeat(400_000) }
    const decoded = codec.decode('call.lookup', codec.encode('call.lookup', large))
    expect(decoded.ok && decoded.value.detail.length).toBe(400_000)
  })
})

describe('what is refused when written', () => {
  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an integer beyond 2^52', 2 ** 52 + 1],
    ['a nested object', { a: 1 }],
    ['a list of numbers', [1]],
  ])('%s as a fact', (_name, fact) => {
    const value = { ...lookup, facts: { x: fact } } as never
    expect(() => memoryCodec().encode('call.lookup', value)).toThrow(
      expect.objectContaining({ code: 'XP_RECORD_INVALID' }),
    )
  })

  test('a field of another type, named without its value', () => {
    const value = { ...lookup, callId: 4_155_550_123 } as never
    expect(() => memoryCodec().encode('call.lookup', value)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('4155550123') }),
    )
    expect(() => memoryCodec().encode('call.lookup', value)).toThrow(/callId/u)
  })

  test('a record above the size limit', () => {
    const value = { ...lookup, detail: 'x'.repeat(RECORD_BYTES_MAX) }
    expect(() => memoryCodec().encode('call.lookup', value)).toThrow(
      expect.objectContaining({ code: 'XP_RECORD_TOO_LARGE' }),
    )
  })
})

describe('what is refused when read', () => {
  const codec = memoryCodec()
  const good = codec.encode('call.lookup', lookup)
  const unreadable = { ok: false, retry: false, code: 'XP_RECORD_UNREADABLE' }

  test('no value', () => {
    expect(codec.decode('call.lookup', null)).toMatchObject({ code: 'XP_RECORD_EMPTY' })
    expect(codec.decode('call.lookup', new Uint8Array())).toMatchObject({ code: 'XP_RECORD_EMPTY' })
  })

  test.each([
    ['bytes after the record', Buffer.concat([good, Buffer.from([0])])],
    ['a cut record', good.subarray(0, good.length - 3)],
    ['no frame', Buffer.from('{"callId":1}')],
    ['four bytes', Buffer.from([0, 0, 0, 0])],
    ['more than the size limit', Buffer.alloc(RECORD_BYTES_MAX + 1)],
    ['a record of another topic', codec.encode('ops.clock', { instanceId: 'x' })],
  ])('%s', (_name, bytes) => {
    expect(codec.decode('call.lookup', bytes)).toMatchObject(unreadable)
  })

  test('random bytes never hang, throw or pass for a record with its bytes to spare', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        const bytes = framed(codec.idOf('call.routed'), body)
        const decoded = codec.decode('call.routed', bytes)
        if (decoded.ok) expect(codec.encode('call.routed', decoded.value)).toBeDefined()
        else expect(decoded).toMatchObject(unreadable)
      }),
      { numRuns: 500 },
    )
  })

  test('a flipped byte never hangs or throws', () => {
    const copy = Buffer.from(good)
    for (let at = 5; at < copy.length; at += 1) {
      for (const bit of [1, 64, 128, 255]) {
        copy[at] = (good[at] ?? 0) ^ bit
        expect(codec.decode('call.lookup', copy)).toHaveProperty('ok')
      }
      copy[at] = good[at] ?? 0
    }
  })

  test('a collection that claims more items than there are bytes, at once', () => {
    const list = compileReader({ type: 'array', items: 'string' })
    // 2^40 as a zigzag varint
    const claim = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0, 0])
    expect(() => list.fromBuffer(claim)).toThrow(/longer than its record/u)
    const map = compileReader({ type: 'map', values: 'string' })
    expect(() => map.fromBuffer(claim)).toThrow(/longer than its record/u)
  })

  test('a number that is not finite', () => {
    const type = compileWriter(foreign(() => undefined))
    const body = type.toBuffer({
      ...lookup,
      cause: null,
      syncedAt: null,
      facts: { x: { double: Number.NaN } },
    })
    expect(codec.decode('call.lookup', framed(codec.idOf('call.lookup'), body))).toMatchObject(
      unreadable,
    )
  })
})

describe('evolution: FULL_TRANSITIVE changes of a writer', () => {
  const wrapped = { ...lookup, cause: null, syncedAt: { long: 5 }, facts: { n: { long: 7 } } }

  async function read(schema: never, value: object): Promise<LookupSettled> {
    const codec = memoryCodec()
    const id = codec.register(schema)
    const bytes = framed(id, compileWriter(schema).toBuffer(value))
    expect(codec.decode('call.lookup', bytes)).toEqual({ ok: false, retry: true, schemaId: id })
    expect(await codec.learn(id)).toBe('known')
    const decoded = codec.decode('call.lookup', bytes)
    if (!decoded.ok) throw new Error(JSON.stringify(decoded))
    return decoded.value
  }

  test('an older writer without a field: the default is read', async () => {
    const older = foreign((schema) => {
      schema.fields = schema.fields.filter(({ name }) => !['budgetMs', 'facts'].includes(name))
    })
    const value = await read(older, wrapped)
    expect(value).toMatchObject({ budgetMs: 0, facts: {}, syncedAt: 5, callId: 'c-1' })
  })

  test('a newer writer with another field: it is skipped', async () => {
    const newer = foreign((schema) => {
      const extra = { name: 'extra', type: { type: 'array', items: 'string' }, default: [] }
      schema.fields.splice(2, 0, extra)
    })
    const value = await read(newer, { ...wrapped, extra: ['a', 'b'] })
    expect(value).toMatchObject({ dependency: 'crm', facts: { n: 7 } })
  })

  test('a newer writer with another symbol: the default of the enum is read', async () => {
    const newer = foreign((schema) => {
      const outcome = schema.fields.find(({ name }) => name === 'outcome')
      const { symbols } = (outcome as { type: { symbols: string[] } }).type
      symbols.push('PARTED')
    })
    const value = await read(newer, { ...wrapped, outcome: 'PARTED' })
    expect(value.outcome).toBe('FAILED')
  })

  test('a schema that can not be read as the record is unreadable for good', async () => {
    const codec = memoryCodec()
    const id = codec.register({ type: 'record', name: 'Other', fields: [] })
    expect(await codec.learn(id)).toBe('known')
    expect(codec.decode('call.lookup', framed(id, Buffer.alloc(0)))).toMatchObject({
      retry: false,
      code: 'XP_RECORD_UNREADABLE',
    })
  })
})

describe('the pretended registry', () => {
  test('down: an id stays to be learned; up again: it decodes', async () => {
    const codec = memoryCodec()
    const bytes = codec.encode('call.lookup', lookup)
    const id = codec.idOf('call.lookup')
    codec.forget(id)
    codec.setRegistry('down', id)
    expect(codec.decode('call.lookup', bytes)).toEqual({ ok: false, retry: true, schemaId: id })
    expect(await codec.learn(id)).toBe('unavailable')
    codec.setRegistry('up')
    expect(await codec.learn(id)).toBe('known')
    expect(codec.decode('call.lookup', bytes)).toMatchObject({ ok: true })
  })

  test('an id nobody registered is unknown for good', async () => {
    const codec = memoryCodec()
    const bytes = framed(77, Buffer.from([1]))
    expect(codec.decode('call.lookup', bytes)).toMatchObject({ retry: true })
    expect(await codec.learn(77)).toBe('unknown')
    expect(codec.decode('call.lookup', bytes)).toMatchObject({ code: 'XP_SCHEMA_UNKNOWN' })
  })
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
