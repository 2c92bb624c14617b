import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { installCodecs } from '../../../../../services/platform/kafka/codecs.ts'
import { newBudget, readRecords } from '../../../../../services/platform/kafka/fetch/records.ts'

const GZIP = 1

/** One record without key and headers; `value` below 2 KiB, so that both varints are short. */
function record(value: string, offsetDelta = 0): Buffer {
  const body = Buffer.from(value)
  const zigZag = (number: number): Buffer => {
    const twice = number * 2
    return twice < 128 ? Buffer.from([twice]) : Buffer.from([(twice & 127) | 128, twice >> 7])
  }
  const inner = Buffer.concat([
    Buffer.from([0, 0]),
    zigZag(offsetDelta),
    Buffer.from([1]),
    zigZag(body.length),
    body,
    Buffer.from([0]),
  ])
  return Buffer.concat([zigZag(inner.length), inner])
}

/** A batch in the format of Kafka 0.11 and later. */
function batch(firstOffset: number, count: number, attributes: number, records: Buffer): Buffer {
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(BigInt(firstOffset), 0)
  header.writeInt32BE(61 - 12 + records.length, 8)
  header.writeInt8(2, 16)
  header.writeInt16BE(attributes, 21)
  header.writeInt32BE(count - 1, 23)
  header.writeBigInt64BE(1000n, 35)
  header.writeBigInt64BE(-1n, 43)
  header.writeInt32BE(count, 57)
  return Buffer.concat([header, records])
}

const place = { topic: 'call.arrived', partition: 3 } as const

const read = async (bytes: Buffer, to?: number) => {
  installCodecs()
  const range = { from: 0, ...(to === undefined ? {} : { to }) }
  const answer = { bytes, aborted: [] }
  const { records, skipped, nextOffset } = await readRecords(place, answer, range, newBudget())
  return {
    values: records.map(({ offset, value }) => `${offset} ${Buffer.from(value ?? []).toString()}`),
    skipped: skipped?.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    nextOffset,
  }
}

describe('batches that can not be read are passed, with their offsets', () => {
  const good = (offset: number) => batch(offset, 1, 0, record(`good ${offset}`))
  const packed = gzipSync(Buffer.concat([record('a'), record('b', 1)]))

  test('whole ones are read, packed or not', async () => {
    const bytes = Buffer.concat([good(4), batch(5, 2, GZIP, packed)])
    expect(await read(bytes)).toEqual({
      values: ['4 good 4', '5 a', '6 b'],
      skipped: undefined,
      nextOffset: 7,
    })
  })

  test('one with broken compression, between two good ones', async () => {
    const broken = batch(5, 2, GZIP, packed.subarray(0, packed.length - 12))
    expect(await read(Buffer.concat([good(4), broken, good(7)]))).toEqual({
      values: ['4 good 4', '7 good 7'],
      skipped: [[5, 6]],
      nextOffset: 8,
    })
  })

  test('one whose records end too early, and one that is not packed as it says', async () => {
    const short = batch(5, 3, 0, record('only one'))
    const other = batch(8, 1, GZIP, Buffer.from('not gzip at all'))
    expect(await read(Buffer.concat([good(4), short, other, good(9)]))).toEqual({
      values: ['4 good 4', '9 good 9'],
      skipped: [
        [5, 7],
        [8, 8],
      ],
      nextOffset: 10,
    })
  })

  test('one that unpacks beyond the limit', async () => {
    const bomb = batch(5, 1, GZIP, gzipSync(Buffer.alloc(80 * 1024 * 1024)))
    expect(await read(Buffer.concat([bomb, good(6)]))).toEqual({
      values: ['6 good 6'],
      skipped: [[5, 5]],
      nextOffset: 7,
    })
  })

  test('one of very many empty records, which are small packed and unpacked, but not as objects', async () => {
    const many = batch(
      5,
      300_000,
      0,
      Buffer.concat(Array.from({ length: 300_000 }, () => record(''))),
    )
    expect(await read(Buffer.concat([many, good(300_005)]))).toEqual({
      values: ['300005 good 300005'],
      skipped: [[5, 300_004]],
      nextOffset: 300_006,
    })
  })

  test('a batch cut off by the end of the answer is no broken one', async () => {
    const cut = batch(5, 2, GZIP, packed)
    expect(await read(Buffer.concat([good(4), cut.subarray(0, cut.length - 3)]))).toEqual({
      values: ['4 good 4'],
      skipped: undefined,
      nextOffset: 5,
    })
  })

  test('a batch that compaction left empty, or without its last record, is passed to its end', async () => {
    const empty = batch(5, 3, 0, Buffer.alloc(0))
    empty.writeInt32BE(0, 57)
    const short = batch(8, 3, 0, record('first'))
    short.writeInt32BE(1, 57)
    expect(await read(empty)).toMatchObject({ values: [], nextOffset: 8 })
    expect(await read(short)).toMatchObject({ values: ['8 first'], nextOffset: 11 })
    expect(await read(Buffer.concat([empty, short, good(11)]))).toMatchObject({
      values: ['8 first', '11 good 11'],
      nextOffset: 12,
    })
  })

  test('a read that ends before it does not tell of it', async () => {
    const broken = batch(5, 2, GZIP, Buffer.from('broken'))
    expect(await read(Buffer.concat([good(4), broken]), 5)).toEqual({
      values: ['4 good 4'],
      skipped: undefined,
      nextOffset: 5,
    })
  })

  test('of a batch that begins before what was asked for, only what was asked for is given', async () => {
    installCodecs()
    const bytes = batch(5, 2, GZIP, packed)
    const from = (offset: number) =>
      readRecords(place, { bytes, aborted: [] }, { from: offset }, newBudget())
    expect((await from(6)).records.map(({ offset }) => offset)).toEqual([6])
    expect(await from(7)).toMatchObject({ records: [], nextOffset: 7 })
  })

  test('an answer without batches leads nowhere', async () => {
    const nothing = { bytes: null, aborted: [] }
    expect(await readRecords(place, nothing, { from: 9 }, newBudget())).toEqual({
      ...place,
      records: [],
      nextOffset: 9,
    })
  })
})

test('what one answer unpacks to is bounded: the rest is left for the next fetch', async () => {
  installCodecs()
  const bytes = Buffer.concat([
    batch(0, 1, 0, record('x'.repeat(100))),
    batch(1, 1, 0, record('y'.repeat(100))),
  ])
  const offsets = async (leftBytes: number) =>
    (await readRecords(place, { bytes, aborted: [] }, { from: 0 }, { leftBytes })).records.map(
      ({ offset }) => offset,
    )
  expect(await offsets(500)).toEqual([0])
  expect(await offsets(900)).toEqual([0, 1])
})
