/** Readers that share answers: who finds what where. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord, RecordBatch } from '../../../../../services/platform/ports.ts'
import type { Wanted } from '../../../../../services/platform/kafka/fetch/format.ts'
import { partFrom, placesOf } from '../../../../../services/platform/kafka/fetch/places.ts'

const TOPIC = 'call.arrived'
const at = (offset: number): Wanted => new Map([[TOPIC, new Map([[0, offset]])]])
const placeOf = (wanted: Wanted): number => wanted.get(TOPIC)?.get(0) ?? -1

const batchOf = (from: number, to: number): RecordBatch => ({
  topic: TOPIC,
  partition: 0,
  nextOffset: to,
  records: Array.from({ length: to - from }, (_, index) => ({ offset: from + index }) as LogRecord),
})

const wantedOf = fc
  .array(
    fc.tuple(fc.constantFrom('a', 'b'), fc.nat(3), fc.nat(4)).map(([topic, partition, offset]) => ({
      topic,
      partition,
      offset,
    })),
  )
  .map((asked) => {
    const wanted = new Map<string, Map<number, number>>()
    for (const { topic, partition, offset } of asked) {
      wanted.set(topic, (wanted.get(topic) ?? new Map<number, number>()).set(partition, offset))
    }
    return wanted
  })

const flat = (wanted: Wanted): string[] =>
  [...wanted].flatMap(([topic, offsets]) => [...offsets.keys()].map((one) => `${topic}/${one}`))

describe('where an answer begins', () => {
  test('is told for every partition that anybody wants, and none else; each place has its turn', () => {
    fc.assert(
      fc.property(fc.array(wantedOf, { minLength: 1, maxLength: 4 }), fc.nat(), (readers, turn) => {
        const all = new Set(readers.flatMap(flat))
        const { wanted, apart } = placesOf(readers, turn)
        expect(new Set(flat(wanted))).toEqual(all)
        let differ = false
        for (const key of all) {
          const [topic = '', partition = ''] = key.split('/')
          const of = (one: Wanted) => one.get(topic)?.get(Number(partition))
          const places = new Set(readers.map(of).filter((one) => one !== undefined))
          differ ||= places.size > 1
          const turns = [...places].map((_, index) => of(placesOf(readers, turn + index).wanted))
          expect(new Set(turns)).toEqual(places)
        }
        expect(apart).toBe(differ)
      }),
    )
  })
})

describe('the part of an answer', () => {
  test('is what lies at and behind the place of its reader, passed batches too', () => {
    const skipped = [
      { firstOffset: 10, lastOffset: 12, reason: 'torn' },
      { firstOffset: 17, lastOffset: 18, reason: 'torn' },
    ]
    const batch = { ...batchOf(13, 20), skipped }
    expect(partFrom(batch, 10, 10)).toBe(batch)
    expect(partFrom(batch, 10, 18)).toEqual({ ...batchOf(18, 20), skipped: [skipped[1]] })
    expect(partFrom(batch, 10, 19)).toEqual(batchOf(19, 20))
    expect(partFrom(batch, 10, 9)).toBeNull()
    expect(partFrom(batch, 10, 20)).toBeNull()
  })

  test('gives each reader every record once and in order, and brings them together', () => {
    const start = fc.record({ offset: fc.nat(300), from: fc.nat(20) })
    fc.assert(
      fc.property(
        fc.array(start, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(5),
        (starts, answerMax, growth) => {
          const readers = starts.map(({ offset, from }) => ({
            offset,
            from,
            first: offset,
            read: [] as number[],
          }))
          let end = 301
          let turn = 0
          const round = () => {
            turn += 1
            const present = readers.filter(({ from }) => from <= turn)
            if (present.length === 0) return
            const from = placeOf(
              placesOf(
                present.map(({ offset }) => at(offset)),
                turn,
              ).wanted,
            )
            const batch = batchOf(from, Math.min(end, from + answerMax + growth * readers.length))
            for (const reader of present) {
              const own = partFrom(batch, from, reader.offset)
              reader.read.push(...(own?.records ?? []).map(({ offset }) => offset))
              reader.offset = own?.nextOffset ?? reader.offset
            }
            end += growth
          }
          for (let rounds = 0; rounds < 2000; rounds += 1) round()
          for (const { first, offset, read } of readers) {
            expect(read).toEqual(
              Array.from({ length: offset - first }, (_, index) => first + index),
            )
          }
          expect(new Set(readers.map(({ offset }) => offset)).size).toBe(1)
        },
      ),
      { numRuns: 50 },
    )
  })
})
