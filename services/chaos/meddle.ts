/** Records made from real ones of the run: repeated, reordered, early, of nobody, too many, unreadable. */
import { randomBytes } from 'node:crypto'
import type { CallArrived, LookupSettled } from '../../schemas/records.ts'
import { partitionOf } from '../domain/murmur2.ts'
import { HEADER } from '../domain/request.ts'
import type { Connection } from '../local/connect.ts'
import type { LogRecord } from '../platform/ports.ts'
import type { Meddling, RawRecord, Stage } from './scenario.ts'

interface Sample<T> {
  readonly record: LogRecord
  readonly value: T
}

interface Samples {
  readonly arrivals: readonly Sample<CallArrived>[]
  readonly lookups: readonly Sample<LookupSettled>[]
}

interface Publishing {
  readonly connection: Connection
  readonly partitions: number
  readonly raw: Stage['calls']['raw']
  readonly wait: Stage['wait']
}

/** Samples are taken of what was appended within so long. */
const RECENT_MS = 4000
/** An early lookup is read before its call arrives. */
const EARLY_MS = 300
const NO_SUCH_SCHEMA = 0x7fff_fff0
/** Together with key and headers below what producers of ours send at most. */
const LARGE_BYTES = 990_000

async function samplesOf({ client, codec }: Connection): Promise<Samples> {
  const arrivals: Sample<CallArrived>[] = []
  const lookups: Sample<LookupSettled>[] = []
  const topics = ['call.arrived', 'call.lookup'] as const
  const from = { timeMs: Date.now() - RECENT_MS }
  await client.reader.read({ topics, from, until: 'end' }, ({ topic, records }) => {
    for (const record of records) {
      if (topic === 'call.arrived') {
        const decoded = codec.decode(topic, record.value)
        if (decoded.ok) arrivals.push({ record, value: decoded.value })
      } else if (topic === 'call.lookup') {
        const decoded = codec.decode(topic, record.value)
        if (decoded.ok) lookups.push({ record, value: decoded.value })
      }
    }
  })
  if (arrivals.length === 0 || lookups.length === 0) throw new Error('there is nothing to copy yet')
  return { arrivals, lookups }
}

const newId = (word: string): string => `${word}-${randomBytes(6).toString('hex')}`

const textOf = (value: LogRecord['headers'][string] | undefined): string =>
  Buffer.from(value instanceof Uint8Array ? value : (value?.[0] ?? [])).toString()

/** The record once more, where it stood. */
function again({ record }: Sample<unknown>): RawRecord {
  const { topic, partition, key, value, headers } = record
  const texts = Object.entries(headers).map(([name, held]) => [name, textOf(held)])
  const keyText = key === null ? null : Buffer.from(key).toString()
  return { topic, partition, key: keyText, value, headers: Object.fromEntries(texts) }
}

function arrivalFor(
  { connection, partitions }: Publishing,
  { value }: Sample<CallArrived>,
  callId: string,
): RawRecord {
  return {
    topic: 'call.arrived',
    partition: partitionOf(Buffer.from(callId), partitions),
    key: callId,
    value: connection.codec.encode('call.arrived', { ...value, callId, requestNo: 1 }),
    headers: { [HEADER.requestNo]: '1' },
  }
}

function lookupFor(
  { connection, partitions }: Publishing,
  { value }: Sample<LookupSettled>,
  callId: string,
): RawRecord {
  const { dependency } = value
  return {
    topic: 'call.lookup',
    partition: partitionOf(Buffer.from(callId), partitions),
    key: callId,
    value: connection.codec.encode('call.lookup', { ...value, callId, requestNo: 1 }),
    headers: {
      [HEADER.callId]: callId,
      [HEADER.requestNo]: '1',
      [HEADER.dependency]: dependency,
    },
  }
}

const isSound = ({ value }: Sample<LookupSettled>): boolean =>
  value.outcome === 'FOUND' && value.origin === 'LIVE' && !value.stale && value.missing.length === 0

/** Calls whose lookups are there before they are: all of one real call's, under a new id. */
async function early(publishing: Publishing, samples: Samples, count: number): Promise<void> {
  const byCall = Map.groupBy(samples.lookups.filter(isSound), ({ value }) => value.callId)
  const models = samples.arrivals.filter(({ value }) => byCall.has(value.callId)).slice(0, count)
  const calls = models.map((model) => {
    const callId = newId('early')
    const lookups = (byCall.get(model.value.callId) ?? []).map((one) =>
      lookupFor(publishing, one, callId),
    )
    return { lookups, arrival: arrivalFor(publishing, model, callId) }
  })
  await publish(
    publishing,
    calls.flatMap(({ lookups }) => lookups),
  )
  await publishing.wait(EARLY_MS)
  await publish(
    publishing,
    calls.map(({ arrival }) => arrival),
  )
}

const publish = async ({ raw }: Publishing, records: readonly RawRecord[]): Promise<void> => {
  await Promise.all(records.map((record) => raw(record, false)))
}

/** A new id that the default partitioner puts there. */
function idIn(partition: number, partitions: number): string {
  for (;;) {
    const id = newId('hot')
    if (partitionOf(Buffer.from(id), partitions) === partition) return id
  }
}

/** Each kind of unreadable record on each topic that services read values of calls from. */
async function poison(publishing: Publishing, samples: Samples): Promise<void> {
  const { raw, partitions } = publishing
  const models = [samples.arrivals[0], samples.lookups[0]].flatMap((one) =>
    one ? [again(one)] : [],
  )
  for (const { topic, value, headers } of models) {
    const sound = Buffer.from(value ?? [])
    const strange = Buffer.from(sound)
    strange.writeInt32BE(NO_SUCH_SCHEMA, 1)
    const large = Buffer.concat([sound, Buffer.alloc(LARGE_BYTES - sound.length)])
    const values = [
      Buffer.concat([Buffer.from([0xff]), randomBytes(60)]),
      strange,
      null,
      large,
      sound,
    ]
    for (const each of values) {
      const key = newId('poison')
      const partition = partitionOf(Buffer.from(key), partitions)
      await raw({ topic, partition, key, value: each, headers }, true)
    }
    await raw({ topic, partition: 0, key: null, value: sound, headers }, true)
    const garbage = randomBytes(60)
    await raw(
      { topic: 'call.routed', partition: 1, key: newId('poison'), value: garbage, headers },
      true,
    )
    await raw({ topic: 'call.routed', partition: 2, key: null, value: null, headers }, true)
  }
}

/** Calls in a partition that their key does not give. */
const misplaced = (publishing: Publishing, sample: Sample<CallArrived>): RawRecord => {
  const made = arrivalFor(publishing, sample, newId('misplaced'))
  return { ...made, partition: (made.partition + 1) % publishing.partitions }
}

export function createMeddler(
  publishing: Publishing,
): (what: Meddling, count: number) => Promise<void> {
  const { connection, partitions } = publishing
  return async (what, count) => {
    const samples = await samplesOf(connection)
    const { arrivals, lookups } = samples
    const nth = <T>(list: readonly T[]): T[] =>
      Array.from({ length: count }, (_, index) => list[index % list.length]).flatMap((one) =>
        one === undefined ? [] : [one],
      )
    if (what === 'lookups again') await publish(publishing, nth(lookups).map(again))
    else if (what === 'lookups backwards') {
      await publish(publishing, nth(lookups.toReversed()).map(again))
    } else if (what === 'lookups of nobody') {
      const made = nth(lookups).map((one) => lookupFor(publishing, one, newId('nobody')))
      await publish(publishing, made)
    } else if (what === 'lookups before calls') await early(publishing, samples, count)
    else if (what === 'arrivals misplaced') {
      await publish(
        publishing,
        nth(arrivals).map((one) => misplaced(publishing, one)),
      )
    } else if (what === 'one caller, one partition') {
      const made = nth(arrivals.slice(0, 1)).map((one) =>
        arrivalFor(publishing, one, idIn(0, partitions)),
      )
      await publish(publishing, made)
    } else await poison(publishing, samples)
  }
}
