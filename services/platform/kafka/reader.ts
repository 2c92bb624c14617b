/**
 * Reading without a group, by fetch requests of our own: needs no group rights, leaves nothing behind
 * on the brokers, and starts at once.
 */
import type { Broker } from 'kafkajs'
import Batch from 'kafkajs/src/consumer/batch.js'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import { crowding } from '../crowding.ts'
import type { LogOffsets, LogReader, ReadOptions, RecordBatch } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { tellSkipped, toBatch } from './convert.ts'
import { causes, coded, isTransient } from './failure.ts'
import type { FetchAnswer } from './fetch-answer.ts'
import { createOffsets } from './offsets.ts'
import { createPace, FETCHES, UNPACED } from './pace.ts'
import { keepPace } from './paced-fetch.ts'
import { mend, openWire, pause, type Wire } from './wire.ts'

const FETCH = { minBytes: 1, maxBytes: 2_000_000, isolationLevel: 1 } as const
/** How long a broker waits for a first record; after trouble with another one a round waits for it. */
const POLL_MS = { ending: 50, following: 250 } as const
const PARTITION_BYTES = 262_144
/** For a look at one partition alone, to tell a gap from an answer cut short. */
const ALONE_BYTES = 8_000_000
const PAUSE_MS = 200
const NOT_LEADER = 6
/** A read that must end gives up after this long without any answer; one that follows does not. */
const GIVE_UP_MS = 30_000

interface Position {
  readonly topic: LogTopic
  readonly partition: number
  next: number
  readonly target: number
}

interface Answer extends FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly highWatermark: string
      readonly lastStableOffset?: string
    }[]
  }[]
}

export function createReader(options: KafkaOptions): LogReader {
  return {
    async read(readOptions, onBatch) {
      const doing = `reading ${readOptions.topics.join(', ')}`
      const wire = await openWire(options, 'reader')
      try {
        const positions = await begin(wire, readOptions)
        await follow(wire, options, readOptions, positions, (batch) => {
          tellSkipped(options.logger, batch)
          onBatch(batch)
        })
      } catch (error) {
        throw coded(error, doing, 'XP_BROKER_FAILED')
      } finally {
        await wire.close()
      }
    },
  }
}

/** Where each partition begins and, for a read that ends, where it is done. */
async function begin(
  wire: Wire,
  { topics, partitions, from, until }: ReadOptions,
): Promise<Position[]> {
  const offsets = createOffsets(wire)
  const lists = topics.map(async (topic) => {
    const first = await firstOffsets(offsets, topic, from)
    const ends = until === 'never' ? [] : await offsets.ends(topic)
    const stops = typeof until === 'string' ? ends : until.offsets.get(topic)
    const positions = first.map((next, partition) => {
      const end = ends[partition] ?? Number.POSITIVE_INFINITY
      const target = Math.min(stops?.[partition] ?? end, end)
      return { topic, partition, next, target }
    })
    return positions.filter(({ partition }) => partitions?.includes(partition) ?? true)
  })
  return (await Promise.all(lists)).flat()
}

async function firstOffsets(
  offsets: LogOffsets,
  topic: LogTopic,
  from: ReadOptions['from'],
): Promise<readonly number[]> {
  if (from === 'end') return offsets.ends(topic)
  const starts = () => offsets.starts(topic)
  if (from === 'start') return starts()
  if ('timeMs' in from) return offsets.at(topic, from.timeMs)
  const wanted = from.offsets.get(topic)
  return (await starts()).map((start, partition) => Math.max(start, wanted?.[partition] ?? start))
}

/** Reads every leader in a loop of its own until all are done; after trouble looks up leaders anew. */
async function follow(
  wire: Wire,
  { clock, logger }: KafkaOptions,
  { topics, until, signal }: ReadOptions,
  positions: readonly Position[],
  onBatch: (batch: RecordBatch) => void,
): Promise<void> {
  const isAborted = (): boolean => signal?.aborted === true
  const open = () => positions.filter(({ next, target }) => next < target)
  const pace = createPace(until === 'never' ? FETCHES.prompt : UNPACED, crowding)
  // Closing the connection ends what is under way: nobody waits for the answer of a long poll.
  const aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve))
  let lastGoodMs = clock.nowMs()
  while (open().length > 0 && !isAborted()) {
    const round = { over: false, failure: undefined as unknown }
    const goOn = () => !round.over && !isAborted()
    const loops = [...byLeader(wire, positions)].map(async ([leader, own]) => {
      try {
        while (goOn() && own.some(({ next, target }) => next < target)) {
          await keepPace(pace, leader)
          // Ended meanwhile: to ask now would open a connection that nobody closes.
          if (!goOn()) break
          await fetchOnce(wire, leader, own, goOn, onBatch)
          lastGoodMs = clock.nowMs()
        }
      } catch (error) {
        round.over = true
        round.failure ??= error
      }
    })
    await Promise.race([Promise.all(loops), aborted])
    const { failure } = round
    if (failure !== undefined || loops.length === 0) {
      if (failure !== undefined && !(await rideOut(wire, failure, open()))) {
        throw failure
      }
      if (until !== 'never' && clock.nowMs() - lastGoodMs > GIVE_UP_MS) {
        throw failure ?? new CrosspointError('XP_BROKER_UNREACHABLE', 'no partition has a leader')
      }
      logger.debug({ topics, error: String(failure) }, 'reading goes on after an error')
      await pause(PAUSE_MS)
      await mend(wire.cluster, failure)
      await wire.know(topics).catch(() => undefined)
    }
  }
}

/** Makes what can be made good of an error; false when reading on makes no sense. */
async function rideOut(wire: Wire, error: unknown, open: readonly Position[]): Promise<boolean> {
  const outOfRange = causes(error).find(({ name }) => name === 'KafkaJSOffsetOutOfRange')
  if (outOfRange === undefined) {
    return isTransient(error)
  }
  // Retention overtook us, or the log was cut: what is gone can't be read, so go on at the nearest.
  const offsets = createOffsets(wire)
  for (const topic of new Set(open.map((position) => position.topic))) {
    const [starts, ends] = await Promise.all([offsets.starts(topic), offsets.ends(topic)])
    for (const position of open.filter((one) => one.topic === topic)) {
      const { partition, next } = position
      position.next = Math.min(Math.max(next, starts[partition] ?? 0), ends[partition] ?? next)
    }
  }
  return true
}

function byLeader(wire: Wire, positions: readonly Position[]): Map<string, Position[]> {
  const grouped = new Map<string, Position[]>()
  for (const position of positions) {
    const leader = wire.leader(position.topic, position.partition)
    if (leader !== undefined) {
      const own = grouped.get(leader) ?? []
      own.push(position)
      grouped.set(leader, own)
    }
  }
  return grouped
}

async function fetchOnce(
  wire: Wire,
  leader: string,
  own: readonly Position[],
  goOn: () => boolean,
  onBatch: (batch: RecordBatch) => void,
): Promise<void> {
  const broker = await wire.cluster.findBroker({ nodeId: leader })
  const wanted = own.filter(({ next, target }) => next < target)
  const answer = await fetchFrom(wire, broker, wanted, PARTITION_BYTES)
  for (const position of wanted) {
    if (!goOn()) {
      return
    }
    const read = take(wire, position, answer, onBatch)
    if (read === 'behind') {
      // Nothing came although there is more: cut short, or a gap up to the end (compaction).
      const alone = await fetchFrom(wire, broker, [position], ALONE_BYTES)
      if (!goOn()) return
      if (take(wire, position, alone, onBatch) === 'behind' && Number.isFinite(position.target)) {
        onBatch(skip(position, position.target))
      }
    }
  }
  if (answer.moved) {
    throw protocolErrors.createErrorFromCode(NOT_LEADER)
  }
}

function fetchFrom(
  wire: Wire,
  broker: Broker,
  wanted: readonly Position[],
  maxBytes: number,
): Promise<Answer> {
  const topics = [...Map.groupBy(wanted, ({ topic }) => topic)].map(([topic, positions]) => ({
    topic: wire.names.physical(topic),
    partitions: positions.map(({ partition, next }) => ({
      partition,
      fetchOffset: String(next),
      maxBytes,
    })),
  }))
  const ends = wanted.some(({ target }) => Number.isFinite(target))
  return broker.fetch({
    ...FETCH,
    maxWaitTime: ends ? POLL_MS.ending : POLL_MS.following,
    maxBytes: Math.max(FETCH.maxBytes, maxBytes),
    topics,
  })
}

/** Hands on what an answer holds for a partition. `behind`: nothing, though its log goes on. */
function take(
  wire: Wire,
  position: Position,
  answer: Answer,
  onBatch: (batch: RecordBatch) => void,
): 'read' | 'idle' | 'behind' {
  const { topic, partition, next, target } = position
  const data = answer.responses
    .filter(({ topicName }) => topicName === wire.names.physical(topic))
    .flatMap(({ partitions }) => partitions)
    .find((one) => one.partition === partition)
  if (data === undefined) {
    return 'idle'
  }
  const batch = new Batch(wire.names.physical(topic), String(next), data)
  if (batch.isEmptyIncludingFiltered()) {
    const end = Number(data.lastStableOffset ?? data.highWatermark)
    return Math.min(end, target) > next ? 'behind' : 'idle'
  }
  position.next = Math.min(Number(batch.lastOffset()) + 1, target)
  onBatch(toBatch({ topic, partition, nextOffset: position.next }, batch.messages, target))
  return 'read'
}

function skip(position: Position, nextOffset: number): RecordBatch {
  position.next = nextOffset
  return { topic: position.topic, partition: position.partition, records: [], nextOffset }
}
