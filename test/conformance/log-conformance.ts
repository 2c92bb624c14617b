/**
 * What the services may rely on from a log, whichever it is: one suite for the in-memory broker and for
 * Kafka. It knows neither virtual time nor a real clock: it waits for conditions through `eventually`.
 *
 * Every test looks only at what came since it began and has its own group, so that one cluster may serve
 * them all.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogRecord, RecordBatch } from '../../services/platform/ports.ts'
import {
  fixture,
  readAll,
  readTopic,
  recordsOf,
  text,
  type Fixture,
  type LogUnderTest,
} from './fixture.ts'
import { groupPromises } from './group-promises.ts'

export function logConformance(name: string, make: () => Promise<LogUnderTest>): void {
  describe(`${name} keeps the promises of a log`, () => {
    let made: LogUnderTest | null = null
    const log = (): LogUnderTest => {
      if (made === null) throw new Error('the log is not there yet')
      return made
    }
    const tools = fixture(log)

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => tools.close())

    appendPromises(tools, log)
    offsetPromises(tools, log)
    readerPromises(tools, log)
    groupPromises(tools, log)
  })
}

function appendPromises({ client, write, endOf }: Fixture, log: () => LogUnderTest): void {
  describe('appending', () => {
    test('acknowledges in order, with rising offsets and append times that never go back', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const before = await endOf(each, 'call.arrived', 0)
      const acks = await write(producer, 'call.arrived', 0, ['a', 'b', 'c', 'd'])
      expect(acks.map(({ offset }) => offset - before)).toEqual([0, 1, 2, 3])
      const times = acks.map(({ appendedAt }) => appendedAt)
      expect(times.toSorted((a, b) => a - b)).toEqual(times)
      for (const { sentAtHostMs, ackedAtHostMs } of acks) {
        expect(ackedAtHostMs).toBeGreaterThanOrEqual(sentAtHostMs)
      }
      expect(await endOf(each, 'call.arrived', 0)).toBe(before + 4)
    })

    test('keeps the order of the calls within a partition, over many turns', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const before = await endOf(each, 'call.arrived', 1)
      const values = Array.from({ length: 300 }, (_, index) => String(index))
      const pending: Promise<unknown>[] = []
      for (const value of values) {
        pending.push(
          producer.append({
            topic: 'call.arrived',
            partition: 1,
            key: null,
            value: Buffer.from(value),
          }),
        )
        // A turn of the event loop between some of them: they then travel apart.
        if (pending.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(pending)
      const read = await readAll(each, 'call.arrived', 1, before)
      expect(read.map(({ value }) => text(value))).toEqual(values)
    })

    test('puts a record into the partition that was named, whatever its key', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      for (const partition of [0, log().partitions - 1]) {
        const before = await endOf(each, 'call.lookup', partition)
        await write(producer, 'call.lookup', partition, ['here'])
        expect(await endOf(each, 'call.lookup', partition)).toBe(before + 1)
      }
    })

    test('carries keys, headers, repeated headers, empty and null values unchanged', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const before = await endOf(each, 'call.lookup', 2)
      const bytes = Uint8Array.from([0, 255, 1, 128])
      const out = { topic: 'call.lookup', partition: 2 } as const
      await Promise.all([
        producer.append({ ...out, key: 'schlüssel', value: bytes, headers: { name: 'Wert' } }),
        producer.append({ ...out, key: null, value: null, headers: { raw: bytes } }),
        producer.append({
          ...out,
          key: bytes,
          value: new Uint8Array(),
          headers: { twice: [Buffer.from('one'), Buffer.from('two')] },
        }),
      ])
      const [first, second, third] = await readAll(each, 'call.lookup', 2, before)
      expect(text(first?.key)).toBe('schlüssel')
      expect([...(first?.value ?? [])]).toEqual([...bytes])
      expect(headerTexts(first, 'name')).toEqual(['Wert'])
      expect([second?.key, second?.value]).toEqual([null, null])
      expect(headerBytes(second, 'raw')).toEqual([[...bytes]])
      expect([...(third?.key ?? [])]).toEqual([...bytes])
      expect(third?.value?.length).toBe(0)
      expect(headerTexts(third, 'twice')).toEqual(['one', 'two'])
    })

    test('a reader sees the offset and the append time that were acknowledged', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const before = await endOf(each, 'call.lookup', 3)
      const acks = await write(producer, 'call.lookup', 3, ['x', 'y'])
      const read = await readAll(each, 'call.lookup', 3, before)
      expect(read.map(({ offset, appendedAt }) => ({ offset, appendedAt }))).toEqual(
        acks.map(({ offset, appendedAt }) => ({ offset, appendedAt })),
      )
      expect(read.map(({ topic, partition }) => `${topic} ${partition}`)).toEqual([
        'call.lookup 3',
        'call.lookup 3',
      ])
    })

    test('a closed producer has sent what was under way and takes nothing more', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const before = await endOf(each, 'call.lookup', 4)
      const pending = write(producer, 'call.lookup', 4, ['last'])
      await producer.close(5000)
      await pending
      expect(await endOf(each, 'call.lookup', 4)).toBe(before + 1)
      await expect(write(producer, 'call.lookup', 4, ['too late'])).rejects.toThrow()
    })
  })
}

function offsetPromises({ client, write, endOf }: Fixture, log: () => LogUnderTest): void {
  describe('offsets', () => {
    test('the offset at a time is the first record appended then or later, else the end', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const out: { offset: number; appendedAt: number }[] = []
      for (const value of ['1', '2', '3']) {
        out.push(...(await write(producer, 'call.routed', 0, [value])))
        await log().aWhile()
      }
      const at = async (timeMs: number): Promise<number | undefined> =>
        (await each.offsets.at('call.routed', timeMs))[0]
      for (const { offset, appendedAt } of out) {
        expect(await at(appendedAt)).toBe(offset)
        expect(await at(appendedAt + 1)).toBe(offset + 1)
      }
      expect(await at(out[0] === undefined ? 0 : out[0].appendedAt + 3_600_000)).toBe(
        await endOf(each, 'call.routed', 0),
      )
      expect(await at(0)).toBe((await each.offsets.starts('call.routed'))[0])
    })

    test('ends, starts and times have one entry per partition', async () => {
      const each = await client()
      expect(await each.offsets.ends('call.routed')).toHaveLength(log().partitions)
      expect(await each.offsets.starts('call.routed')).toHaveLength(log().partitions)
      expect(await each.offsets.at('call.routed', 0)).toHaveLength(log().partitions)
      expect(await each.offsets.ends('ops.clock')).toHaveLength(1)
      expect(await each.offsets.ends('call.routed.dlt')).toHaveLength(log().partitions)
    })
  })
}

function readerPromises({ client, write }: Fixture, log: () => LogUnderTest): void {
  describe('reading without a group', () => {
    test('from a time until the end: what was appended since, in order, then it resolves', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const [old] = await write(producer, 'call.context', 0, ['old'])
      await log().aWhile()
      const acks = await write(producer, 'call.context', 0, ['new 1', 'new 2', 'new 3'])
      expect(acks[0]?.appendedAt).toBeGreaterThan(old?.appendedAt ?? Infinity)
      const seen = await readTopic(each, 'call.context', { timeMs: acks[0]?.appendedAt ?? 0 })
      expect(recordsOf(seen, 'call.context', 0).map(({ value }) => text(value))).toEqual([
        'new 1',
        'new 2',
        'new 3',
      ])
      expect(seen.at(-1)?.nextOffset).toBe((acks.at(-1)?.offset ?? 0) + 1)
    })

    test('from the start until the end: all that is kept; an empty range ends at once', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      await write(producer, 'call.context', 1, ['something'])
      const seen = await readTopic(each, 'call.context', 'start')
      const [starts, ends] = await Promise.all([
        each.offsets.starts('call.context'),
        each.offsets.ends('call.context'),
      ])
      for (let partition = 0; partition < log().partitions; partition += 1) {
        const offsets = recordsOf(seen, 'call.context', partition).map(({ offset }) => offset)
        const start = starts[partition] ?? 0
        const expected = Array.from({ length: (ends[partition] ?? 0) - start }, (_, i) => start + i)
        expect(offsets).toEqual(expected)
      }
      expect(await readTopic(each, 'call.context', 'end')).toEqual([])
    })

    test('from a place until another: what lies between, never past the end or before the start', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const acks = await write(producer, 'call.context', 0, ['a', 'b', 'c', 'd'])
      const first = acks[0]?.offset ?? 0
      const ends = await each.offsets.ends('call.context')
      const between = async (from: number, until: number): Promise<string[]> => {
        const seen: RecordBatch[] = []
        const elsewhere = ends.slice(1)
        await each.reader.read(
          {
            topics: ['call.context'],
            from: { offsets: new Map([['call.context', [from, ...elsewhere]]]) },
            until: { offsets: new Map([['call.context', [until, ...elsewhere]]]) },
          },
          (batch) => void seen.push(batch),
        )
        return recordsOf(seen, 'call.context', 0).map(({ value }) => text(value) ?? '')
      }
      expect(await between(first + 1, first + 3)).toEqual(['b', 'c'])
      expect(await between(first + 2, first + 1_000_000)).toEqual(['c', 'd'])
      expect(await between(first + 4, first + 4)).toEqual([])
      expect((await between(-5, first + 1)).at(-1)).toBe('a')
    })

    test('follows from the end until it is aborted, and then resolves', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      await write(producer, 'call.context', 2, ['before'])
      const stop = new AbortController()
      const seen: RecordBatch[] = []
      const reading = each.reader.read(
        { topics: ['call.context'], from: 'end', until: 'never', signal: stop.signal },
        (batch) => void seen.push(batch),
      )
      // A follower begins some time after it was asked: write until it has seen something.
      let written = 0
      await log().eventually('the follower sees new records', async () => {
        written += 1
        await write(producer, 'call.context', 2, [`after ${written}`])
        return recordsOf(seen, 'call.context', 2).length > 0
      })
      const [first] = recordsOf(seen, 'call.context', 2)
      expect(text(first?.value)).toMatch(/^after/)
      stop.abort()
      await reading
      const count = seen.length
      await write(producer, 'call.context', 2, ['after the end'])
      await log().aWhile()
      expect(seen).toHaveLength(count)
    })
  })
}

function headerBytes(record: LogRecord | undefined, name: string): number[][] {
  const value = record?.headers[name]
  if (value === undefined) return []
  const values = value instanceof Uint8Array ? [value] : value
  return values.map((each) => [...each])
}

function headerTexts(record: LogRecord | undefined, name: string): string[] {
  return headerBytes(record, name).map((bytes) => Buffer.from(bytes).toString())
}
