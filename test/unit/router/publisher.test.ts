import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { CrosspointError } from '../../../services/errors.ts'
import { deadLetter } from '../../../services/platform/dead-letter.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import type { LogRecord, OutRecord } from '../../../services/platform/ports.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { createPublisher } from '../../../services/router/publisher.ts'

const RECORD: LogRecord = {
  topic: 'call.arrived',
  partition: 0,
  offset: 7,
  appendedAt: 1000,
  key: Buffer.from('call-1'),
  value: Buffer.alloc(900_000, 1),
  headers: { small: Buffer.from('kept'), 'dlt-large': Buffer.alloc(200_000) },
}
const REASON = { code: 'XP_RECORD_UNREADABLE', message: 'no', service: 'router/1' } as const

/** A publisher whose every try is given to `answer`. */
function publishing(answer: (record: OutRecord, tries: number) => Error | null) {
  const time = virtualTime()
  const tries: { readonly record: OutRecord; readonly atMs: number }[] = []
  const publisher = createPublisher({
    producer: {
      async append(record) {
        const atMs = time.nowMs()
        tries.push({ record, atMs })
        const error = answer(record, tries.length)
        if (error !== null) throw error
        return { offset: 0, appendedAt: atMs, sentAtHostMs: atMs, ackedAtHostMs: atMs }
      },
      close: async () => undefined,
    },
    codec: memoryCodec(),
    clock: time,
    logger: pino({ enabled: false }),
    recordBytesMax: 512 * 1024,
    acknowledged: () => undefined,
  })
  return { time, tries, publisher }
}

describe("the router's publisher", () => {
  test('§4.9 a dead letter too large for its topic is written reduced, with the size it had', async () => {
    const refused = new CrosspointError('XP_RECORD_TOO_LARGE', 'too large')
    const { time, tries, publisher } = publishing(({ value }) =>
      (value?.length ?? 0) > 100_000 ? refused : null,
    )
    const written = publisher.append(deadLetter(RECORD, REASON))
    await time.runUntil(time.nowMs() + 10_000)
    expect(await Promise.race([written, Promise.resolve('still trying')])).toBe(true)
    const letter = tries.at(-1)?.record
    expect(letter).toMatchObject({ topic: 'call.arrived.dlt', partition: 0, key: RECORD.key })
    expect(letter?.value).toEqual(RECORD.value?.subarray(0, 64 * 1024))
    expect(letter?.headers).toMatchObject({ small: RECORD.headers['small'], 'dlt-offset': '7' })
    expect(letter?.headers).not.toHaveProperty('dlt-large')
    expect(Number(letter?.headers?.['dlt-truncated'])).toBeGreaterThan(1_100_000)
  })

  test('a key too long for a reduced letter is left out of it', async () => {
    const refused = new CrosspointError('XP_RECORD_TOO_LARGE', 'too large')
    const { time, tries, publisher } = publishing((_record, count) => (count < 2 ? refused : null))
    void publisher.append(deadLetter({ ...RECORD, key: Buffer.alloc(350_000) }, REASON))
    await time.runUntil(time.nowMs() + 10_000)
    expect(tries).toHaveLength(2)
    expect(tries[1]?.record.key).toBeNull()
  })

  test('what can not be appended is tried again with growing pauses, up to five seconds', async () => {
    const refused = new CrosspointError('XP_BROKER_AUTH', 'may not write')
    const { time, tries, publisher } = publishing(() => refused)
    void publisher.append(deadLetter(RECORD, REASON))
    await time.runUntil(time.nowMs() + 60_000)
    const pauses = tries.slice(1).map(({ atMs }, at) => atMs - (tries[at]?.atMs ?? 0))
    expect(pauses.slice(0, 5)).toEqual([250, 500, 1000, 2000, 4000])
    expect(new Set(pauses.slice(5))).toEqual(new Set([5000]))
    expect(tries.at(-1)?.record.value).toBe(RECORD.value)
    publisher.stop()
  })
})
