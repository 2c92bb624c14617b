/**
 * Where one member reads: a position and a pause for every partition it holds, and the fetches on their
 * way. A fetch that is answered after a seek, a pause or a rebalance is thrown away.
 */
import type { TopicName } from '../../topology.ts'
import type { GroupHandler, LogRecord } from '../ports.ts'
import type { MemoryBroker, PartitionLog } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

interface Place {
  readonly topic: TopicName
  readonly partition: number
  /** Null until it was sought. */
  position: number | null
  paused: boolean
  /** Counts what makes an answer on its way worthless. */
  version: number
  fetching: boolean
  /** Ends a fetch that waits at the end of its log. */
  stopWaiting: (() => void) | null
}

export function positions(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
  topics: readonly TopicName[],
  deliver: GroupHandler['records'],
) {
  const places = new Map<string, Place>()
  let halted = true

  const fetch = (place: Place): void => {
    const { topic, partition, position, version } = place
    if (places.get(name(topic, partition)) !== place) return
    if (halted || place.paused || position === null || place.fetching) return
    const log = broker.log(topic, partition)
    const from = Math.max(position, log.start)
    place.fetching = true
    if (from >= log.records.length) {
      waitForMore(place, log)
      return
    }
    const records = log.records.slice(from, from + Math.max(1, weather.fetchRecords()))
    process.after(weather.fetchMs(log.leader), () => {
      place.fetching = false
      const current = places.get(name(topic, partition)) === place
      if (current && !halted && place.version === version) arrive(place, records)
      fetch(place)
    })
  }
  const waitForMore = (place: Place, log: PartitionLog): void => {
    const wake = (): void => {
      place.fetching = false
      place.stopWaiting = null
      fetch(place)
    }
    log.waiting.add(wake)
    place.stopWaiting = () => {
      log.waiting.delete(wake)
      place.fetching = false
      place.stopWaiting = null
    }
  }
  const arrive = (place: Place, records: readonly LogRecord[]): void => {
    const nextOffset = (records.at(-1)?.offset ?? 0) + 1
    place.position = nextOffset
    deliver({ topic: place.topic, partition: place.partition, records, nextOffset })
  }
  const change = (topic: TopicName, partition: number, edit: (place: Place) => void): void => {
    const place = places.get(name(topic, partition))
    if (place === undefined) return
    place.version += 1
    place.stopWaiting?.()
    edit(place)
    fetch(place)
  }
  return {
    /** Nothing is read until `go`. */
    halt(): void {
      halted = true
      for (const place of places.values()) place.version += 1
    },
    go(): void {
      halted = false
      for (const place of places.values()) fetch(place)
    },
    assign(partitions: readonly number[], gained: readonly number[]): void {
      const kept = new Set(partitions)
      for (const [key, { partition }] of places) if (!kept.has(partition)) places.delete(key)
      for (const topic of topics) {
        for (const partition of gained) {
          places.set(name(topic, partition), fresh(topic, partition))
        }
      }
    },
    seek: (topic: TopicName, partition: number, offset: number): void =>
      change(topic, partition, (place) => {
        place.position = offset
      }),
    pause(topic: TopicName, partitions: readonly number[]): void {
      for (const partition of partitions) {
        change(topic, partition, (place) => {
          place.paused = true
        })
      }
    },
    resume(topic: TopicName, partitions: readonly number[]): void {
      for (const partition of partitions) {
        change(topic, partition, (place) => {
          place.paused = false
        })
      }
    },
  }
}

const name = (topic: TopicName, partition: number): string => `${topic}-${partition}`

const fresh = (topic: TopicName, partition: number): Place => ({
  topic,
  partition,
  position: null,
  paused: true,
  version: 0,
  fetching: false,
  stopWaiting: null,
})
