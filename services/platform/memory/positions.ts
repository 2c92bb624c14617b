/**
 * Where one member reads: a position and a pause for every partition it holds, and the fetches on their
 * way. A fetch that is answered after a seek, a pause or a rebalance is thrown away.
 */
import type { TopicName } from '../../topology.ts'
import type { GroupHandler } from '../ports.ts'
import type { MemoryBroker, PartitionLog } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** One partition of one topic, from when it is gained until it is lost. */
interface Place {
  /** The next offset to read; null until it was sought. */
  position: number | null
  paused: boolean
  gone: boolean
  /** Makes answers that are on their way worthless. */
  outdate(): void
  /** Fetches unless there is nothing to do. */
  fetch(): void
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

  const change = (topic: TopicName, partition: number, edit: (place: Place) => void): void => {
    const place = places.get(name(topic, partition))
    if (place === undefined) return
    place.outdate()
    edit(place)
    place.fetch()
  }
  const gain = (topic: TopicName, partition: number): void => {
    const log = broker.log(topic, partition)
    const arrive: Deliver = (records, nextOffset) =>
      deliver({ topic, partition, records, nextOffset })
    places.set(
      name(topic, partition),
      fetching(log, process, weather, () => halted, arrive),
    )
  }
  const pausing = (topic: TopicName, partitions: readonly number[], paused: boolean): void => {
    for (const partition of partitions) {
      change(topic, partition, (place) => {
        place.paused = paused
      })
    }
  }
  return {
    /** Nothing is read until `go`. */
    halt(): void {
      halted = true
      for (const place of places.values()) place.outdate()
    },
    go(): void {
      halted = false
      for (const place of places.values()) place.fetch()
    },
    assign(partitions: readonly number[], gained: readonly number[]): void {
      const kept = new Set(partitions.filter((each) => !gained.includes(each)))
      for (const [key, place] of places) {
        if (kept.has(Number(key.slice(key.lastIndexOf('-') + 1)))) continue
        place.gone = true
        places.delete(key)
      }
      for (const topic of topics) for (const partition of gained) gain(topic, partition)
    },
    seek: (topic: TopicName, partition: number, offset: number): void =>
      change(topic, partition, (place) => {
        place.position = offset
      }),
    pause: (topic: TopicName, partitions: readonly number[]): void =>
      pausing(topic, partitions, true),
    resume: (topic: TopicName, partitions: readonly number[]): void =>
      pausing(topic, partitions, false),
  }
}

/** So long a client needs to learn who leads a partition now. */
export const REFRESH_MS = 100

type Deliver = (records: PartitionLog['records'], nextOffset: number) => void

function fetching(
  log: PartitionLog,
  process: MemoryProcess,
  weather: Weather,
  halted: () => boolean,
  deliver: Deliver,
): Place {
  /** Counts what outdates an answer. */
  let version = 0
  let busy = false
  let stopWaiting: (() => void) | null = null
  /** As this client believes. */
  let { leader } = log

  /** Answered by a broker that does not lead the partition. */
  const refresh = (): void => {
    process.after(weather.latencyMs(leader) + REFRESH_MS, () => {
      ;({ leader } = log)
      busy = false
      place.fetch()
    })
  }
  const waitForMore = (): void => {
    const wake = (): void => {
      stopWaiting = null
      busy = false
      place.fetch()
    }
    log.waiting.add(wake)
    stopWaiting = () => {
      log.waiting.delete(wake)
      stopWaiting = null
      busy = false
    }
  }
  const place: Place = {
    position: null,
    paused: true,
    gone: false,
    outdate() {
      version += 1
      stopWaiting?.()
    },
    fetch() {
      if (busy || halted() || place.gone || place.paused || place.position === null) return
      const from = Math.max(place.position, log.start)
      busy = true
      if (log.electing || log.leader !== leader) {
        refresh()
        return
      }
      if (from >= log.records.length) {
        waitForMore()
        return
      }
      const asked = version
      // What the broker has now is what the answer brings, however late the process reads it.
      const records = log.records.slice(from, from + Math.max(1, weather.fetchRecords()))
      process.after(weather.fetchMs(leader), () => {
        busy = false
        if (!halted() && !place.gone && version === asked) {
          place.position = from + records.length
          deliver(records, place.position)
        }
        place.fetch()
      })
    },
  }
  return place
}

const name = (topic: TopicName, partition: number): string => `${topic}-${partition}`
