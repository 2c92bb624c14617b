import { describe, expect, test } from 'vitest'
import { decodeOnce, forgetDecoded } from '../../../services/platform/decode-once.ts'
import type { Codec, Decoded, LogRecord } from '../../../services/platform/ports.ts'

function codecThat(gives: () => Decoded<unknown>) {
  const asked = { times: 0 }
  const codec = {
    decode() {
      asked.times += 1
      return gives()
    },
  } as unknown as Codec
  return { asked, codec }
}

const recordOf = (): LogRecord => ({
  topic: 'call.lookup',
  partition: 0,
  offset: 1,
  appendedAt: 1,
  key: null,
  value: new Uint8Array(1),
  headers: {},
})

describe('a record that several read', () => {
  test('is decoded once for all by one codec, and anew by another', () => {
    const record = recordOf()
    const one = codecThat(() => ({ ok: true, value: { by: 'one' } }))
    const other = codecThat(() => ({ ok: true, value: { by: 'other' } }))
    const reads = [one, one, other].map(({ codec }) => decodeOnce(codec, 'call.lookup', record))
    expect(reads.map((read) => read.ok && read.value)).toEqual([
      { by: 'one' },
      { by: 'one' },
      { by: 'other' },
    ])
    expect([one.asked.times, other.asked.times]).toEqual([1, 1])
  })

  test('that waits for long may wait as bytes, and is decoded again', () => {
    const record = recordOf()
    const { asked, codec } = codecThat(() => ({ ok: true, value: 'read' }))
    decodeOnce(codec, 'call.lookup', record)
    forgetDecoded([record])
    expect(record.decoded).toBeUndefined()
    expect(decodeOnce(codec, 'call.lookup', record)).toEqual({ ok: true, value: 'read' })
    expect(asked.times).toBe(2)
  })

  test('is tried again while it can not be read: a schema may become known', () => {
    const record = recordOf()
    const answers: Decoded<unknown>[] = [
      { ok: false, retry: true, schemaId: 7 },
      { ok: false, retry: false, code: 'XP_SCHEMA_UNKNOWN', message: 'none' },
      { ok: true, value: 'read' },
    ]
    const { asked, codec } = codecThat(() => answers[asked.times - 1] ?? { ok: true, value: null })
    const reads = answers.map(() => decodeOnce(codec, 'call.lookup', record))
    expect(reads).toEqual(answers)
  })
})
