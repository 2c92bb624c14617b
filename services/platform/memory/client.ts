/** One service's client of the in-memory broker, and the process it lives in. */
import { CrosspointError } from '../../errors.ts'
import type { LogClient, LogProducer, LogReader, ReadOptions, RecordBatch } from '../ports.ts'
import type { LogTopic } from '../../topology.ts'
import type { MemoryBroker } from './broker.ts'
import { memoryMember, type MemoryMember } from './member.ts'
import type { MemoryProcess } from './process.ts'
import { REFRESH_MS } from './positions.ts'
import { memoryProducer } from './producer.ts'
import { ask } from './question.ts'
import type { Weather } from './weather.ts'

export interface MemoryClient extends LogClient {
  /** Every group consumer loses its coordinator and builds itself anew. */
  interrupt(): void
}

/**
 * A client in a process. `name` tells its group members from others'; two clients that live at the same
 * time need different names.
 */
export function memoryClient(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
  name: string,
): MemoryClient {
  const members: MemoryMember[] = []
  const producers: LogProducer[] = []
  let memberCount = 0
  let closed = false

  const perPartition = <T>(topic: LogTopic, look: (partition: number) => T): Promise<T[]> => {
    const numbers = Array.from({ length: broker.partitions(topic) }, (_, partition) => partition)
    const logs = numbers.map((partition) => broker.log(topic, partition))
    return ask(process, weather, broker, {
      about: `the offsets of ${topic}`,
      brokers: [...new Set(logs.map(({ leader }) => leader))],
      look() {
        if (!logs.some(({ electing }) => electing)) return numbers.map(look)
        throw new CrosspointError(
          'XP_BROKER_UNREACHABLE',
          `${topic} has a partition without leader`,
        )
      },
    })
  }
  return {
    offsets: {
      ends: (topic) => perPartition(topic, (p) => broker.log(topic, p).records.length),
      starts: (topic) => perPartition(topic, (p) => broker.log(topic, p).start),
      at: (topic, timeMs) => perPartition(topic, (p) => broker.at(topic, p, timeMs)),
    },
    reader: memoryReader(broker, process, weather),
    producer() {
      if (closed) return Promise.reject(new CrosspointError('XP_CLOSED', 'the client is closed'))
      const made = memoryProducer(broker, process, weather)
      producers.push(made)
      return Promise.resolve(made)
    },
    group(groupId, topics) {
      const made = memoryMember(broker, process, weather, groupId, topics, () => {
        memberCount += 1
        return `${name}-${memberCount}`
      })
      members.push(made)
      return made
    },
    interrupt() {
      for (const member of members) member.interrupt()
    },
    async close() {
      closed = true
      await Promise.all(members.map((member) => member.stop()))
      await Promise.all(producers.map((producer) => producer.close(5000)))
    },
  }
}

function memoryReader(broker: MemoryBroker, process: MemoryProcess, weather: Weather): LogReader {
  return {
    async read(options, onBatch) {
      const reads = options.topics.flatMap((topic) =>
        partitionsOf(broker, options, topic).map((partition) => {
          const place = { topic, partition, ...placesOf(broker, options, topic, partition) }
          return readPartition(broker, process, weather, options, { ...place, onBatch })
        }),
      )
      await Promise.all(reads)
    },
  }
}

function partitionsOf(
  broker: MemoryBroker,
  { partitions }: ReadOptions,
  topic: LogTopic,
): readonly number[] {
  const all = Array.from({ length: broker.partitions(topic) }, (_, partition) => partition)
  return all.filter((partition) => partitions?.includes(partition) ?? true)
}

/** Where a read of one partition begins and where it is done. */
function placesOf(
  broker: MemoryBroker,
  { from, until }: ReadOptions,
  topic: LogTopic,
  partition: number,
): { readonly from: number; readonly stopAt: number } {
  const { start, records } = broker.log(topic, partition)
  const end = records.length
  const stops = typeof until === 'string' ? end : (until.offsets.get(topic)?.[partition] ?? end)
  const stopAt = until === 'never' ? Infinity : Math.min(stops, end)
  if (from === 'start') return { from: start, stopAt }
  if (from === 'end') return { from: end, stopAt }
  if ('timeMs' in from) return { from: broker.at(topic, partition, from.timeMs), stopAt }
  return { from: Math.max(start, from.offsets.get(topic)?.[partition] ?? start), stopAt }
}

interface PartitionRead {
  readonly topic: LogTopic
  readonly partition: number
  readonly from: number
  readonly stopAt: number
  readonly onBatch: (batch: RecordBatch) => void
}

/** Reads one partition from an offset until an offset, or until it is aborted. */
function readPartition(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
  { signal }: ReadOptions,
  { topic, partition, from, stopAt, onBatch }: PartitionRead,
): Promise<void> {
  const log = broker.log(topic, partition)
  return new Promise((resolve, reject) => {
    let position = from
    const next = (): void => {
      if (signal?.aborted === true || position >= stopAt) {
        resolve()
        return
      }
      if (position >= log.records.length) {
        log.waiting.add(() => process.after(weather.fetchMs(log.leader), next))
        return
      }
      if (log.electing) {
        process.after(REFRESH_MS, next)
        return
      }
      const until = Math.min(stopAt, position + Math.max(1, weather.fetchRecords()))
      const records = log.records.slice(position, until)
      process.after(weather.fetchMs(log.leader), () => {
        if (signal?.aborted === true) {
          resolve()
          return
        }
        position = (records.at(-1)?.offset ?? position) + 1
        try {
          onBatch({ topic, partition, records, nextOffset: position })
          next()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    }
    signal?.addEventListener('abort', () => resolve(), { once: true })
    next()
  })
}
