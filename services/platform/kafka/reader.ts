/**
 * Reading without a group, by fetch requests of our own: needs no group rights, leaves nothing behind
 * on the brokers, and starts at once.
 */
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import { crowding } from '../crowding.ts'
import type { LogOffsets, LogReader, ReadOptions, RecordBatch } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { coded, isTransient, protocolError } from './failure.ts'
import {
  createFetcher,
  type Fetcher,
  type FetchLimits,
  fetchOnce,
  hasMoved,
} from './fetch/fetcher.ts'
import type { PartitionAnswer, Wanted } from './fetch/format.ts'
import { type Budget, newBudget, readRecords, tellSkipped } from './fetch/records.ts'
import { createSessionless, type FetchSession } from './fetch/session.ts'
import { createOffsets } from './offsets.ts'
import { createPace, FETCHES, keepPace, UNPACED } from './pace.ts'
import { mend, openWire, pause, type Wire } from './wire.ts'

const ANSWER_BYTES = 2_000_000
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
    const asking = { fetcher: createFetcher(wire.cluster), whole: createSessionless() }
    const loops = [...byLeader(wire, positions)].map(async ([leader, own]) => {
      try {
        while (goOn() && own.some(({ next, target }) => next < target)) {
          await keepPace(pace, leader)
          // Ended meanwhile: to ask now would open a connection that nobody closes.
          if (!goOn()) break
          await readOnce(wire, asking, leader, own, goOn, onBatch)
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
  if (protocolError(error) !== 'OFFSET_OUT_OF_RANGE') {
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

/** How a round asks: for what is new, and for everything. */
interface Asking {
  readonly fetcher: Fetcher
  readonly whole: FetchSession
}

async function readOnce(
  wire: Wire,
  { fetcher, whole }: Asking,
  leader: string,
  own: readonly Position[],
  goOn: () => boolean,
  onBatch: (batch: RecordBatch) => void,
): Promise<void> {
  const wanted = own.filter(({ next, target }) => next < target)
  const ends = wanted.some(({ target }) => Number.isFinite(target))
  // Who must come to an end hears of every partition every time; who follows, of what is new.
  const answers = ends
    ? await fetchAll(wire, whole, leader, wanted, PARTITION_BYTES)
    : await fetcher.fetch(leader, wantedOf(wire, wanted), limitsOf(false, PARTITION_BYTES))
  const budget = newBudget()
  for (const position of wanted) {
    if (!goOn()) return
    const read = await take(wire, position, answers, budget, onBatch)
    if (read === 'behind') {
      // Nothing came although there is more: cut short, or a gap up to the end (compaction).
      const alone = await fetchAll(wire, whole, leader, [position], ALONE_BYTES)
      if (!goOn()) return
      const again = await take(wire, position, alone, newBudget(), onBatch)
      if (again === 'behind' && Number.isFinite(position.target)) {
        onBatch(skip(position, position.target))
      }
    }
  }
  if (answers.some(hasMoved)) throw protocolErrors.createErrorFromCode(NOT_LEADER)
}

async function fetchAll(
  wire: Wire,
  whole: FetchSession,
  leader: string,
  wanted: readonly Position[],
  partitionBytes: number,
): Promise<readonly PartitionAnswer[]> {
  const ends = wanted.some(({ target }) => Number.isFinite(target))
  const limits = limitsOf(ends, partitionBytes)
  return (await fetchOnce(wire.cluster, leader, whole, wantedOf(wire, wanted), limits)) ?? []
}

function wantedOf({ names }: Wire, positions: readonly Position[]): Wanted {
  const byTopic = Map.groupBy(positions, ({ topic }) => names.physical(topic))
  return new Map(
    [...byTopic].map(([topic, own]) => [
      topic,
      new Map(own.map(({ partition, next }) => [partition, next])),
    ]),
  )
}

const limitsOf = (ends: boolean, partitionBytes: number): FetchLimits => ({
  maxWaitMs: ends ? POLL_MS.ending : POLL_MS.following,
  maxBytes: Math.max(ANSWER_BYTES, partitionBytes),
  partitionBytes,
})

/** Hands on what an answer holds for a partition. `behind`: nothing, though its log goes on. */
async function take(
  { names }: Wire,
  position: Position,
  answers: readonly PartitionAnswer[],
  budget: Budget,
  onBatch: (batch: RecordBatch) => void,
): Promise<'read' | 'idle' | 'behind'> {
  const { topic, partition, next, target } = position
  const physical = names.physical(topic)
  const answer = answers.find((one) => one.topic === physical && one.partition === partition)
  // What does not fit into the budget counts as what did not fit into the answer.
  if (answer === undefined || hasMoved(answer) || budget.leftBytes <= 0) return 'idle'
  if (answer.errorCode !== 0) throw protocolErrors.createErrorFromCode(answer.errorCode)
  const batch = await readRecords({ topic, partition }, answer, { from: next, to: target }, budget)
  if (batch.nextOffset === next) return Math.min(answer.end, target) > next ? 'behind' : 'idle'
  position.next = batch.nextOffset
  onBatch(batch)
  return 'read'
}

function skip(position: Position, nextOffset: number): RecordBatch {
  position.next = nextOffset
  return { topic: position.topic, partition: position.partition, records: [], nextOffset }
}
