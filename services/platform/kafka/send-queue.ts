/**
 * What waits to be appended, by partition, and what may travel next. Pure: the producer does the
 * sending. A partition travels in one request at a time, which keeps its order without idempotence.
 */
import { createLastingMap, type LastingMap } from '../../domain/lasting-map.ts'
import type { LogTopic } from '../../topology.ts'

interface Waiting<T> {
  readonly item: T
  readonly bytes: number
}

export interface Lane {
  readonly topic: LogTopic
  readonly partition: number
}

/** One partition's share of a request, in order. */
export interface Part<T> extends Lane {
  readonly entries: readonly Waiting<T>[]
}

interface LaneState<T> extends Lane {
  entries: Waiting<T>[]
  busy: boolean
  /** Failed lately: stays here until released. */
  held: boolean
  /** Records at the head that travel one by one, to find the one that a broker refuses. */
  single: number
}

export interface Limits {
  readonly recordsPerPartition: number
  readonly bytesPerRequest: number
}

export interface SendQueue<T> {
  push(topic: LogTopic, partition: number, entry: Waiting<T>): void
  /** Partitions that could travel now, those that waited longest first. */
  ready(): readonly Lane[]
  /** Takes out one request's worth of the named partitions and marks these as under way. */
  take(lanes: readonly Lane[], limits: Limits): Part<T>[]
  /** A part has been appended, or given up: its partition may go on. */
  done(lane: Lane): void
  /** Puts a part back to the head of its partition, which stays here until it is released. */
  back(part: Part<T>, singly: boolean): void
  release(lane: Lane): void
  /** Everything that waits, taken out. */
  drain(): readonly Waiting<T>[]
  /** How many records wait, those under way not counted. */
  size(): number
}

export function createSendQueue<T>(): SendQueue<T> {
  const lanes = createLastingMap<string, LaneState<T>>()
  const laneOf = (lane: Lane): LaneState<T> => stateOf(lanes, lane)

  return {
    push(topic, partition, entry) {
      laneOf({ topic, partition }).entries.push(entry)
    },
    ready: () =>
      [...lanes.values()].filter(({ busy, entries, held }) => !busy && !held && entries.length > 0),
    take: (wanted, limits) => takeParts(lanes, wanted, limits),
    done(lane) {
      laneOf(lane).busy = false
    },
    back({ topic, partition, entries }, singly) {
      const lane = laneOf({ topic, partition })
      lane.entries = [...entries, ...lane.entries]
      lane.busy = false
      lane.held = true
      lane.single = singly ? Math.max(lane.single, entries.length) : lane.single
    },
    release(lane) {
      laneOf(lane).held = false
    },
    drain() {
      const all = [...lanes.values()].flatMap(({ entries }) => entries)
      for (const lane of lanes.values()) lane.entries = []
      return all
    },
    size: () => [...lanes.values()].reduce((sum, { entries }) => sum + entries.length, 0),
  }
}

function stateOf<T>(
  lanes: LastingMap<string, LaneState<T>>,
  { topic, partition }: Lane,
): LaneState<T> {
  const key = `${topic}/${partition}`
  const existing = lanes.get(key)
  if (existing !== undefined) {
    return existing
  }
  const created = { topic, partition, entries: [], busy: false, held: false, single: 0 }
  lanes.set(key, created)
  return created
}

function takeParts<T>(
  lanes: LastingMap<string, LaneState<T>>,
  wanted: readonly Lane[],
  limits: Limits,
): Part<T>[] {
  const parts: Part<T>[] = []
  let roomBytes = limits.bytesPerRequest
  for (const { topic, partition } of wanted) {
    const lane = stateOf(lanes, { topic, partition })
    const limit = lane.single > 0 ? 1 : limits.recordsPerPartition
    const fits = fitting(lane.entries, limit, roomBytes)
    const count = fits === 0 && parts.length === 0 ? 1 : fits
    if (count > 0) {
      const entries = lane.entries.splice(0, count)
      lane.busy = true
      lane.single = Math.max(0, lane.single - count)
      roomBytes -= entries.reduce((sum, { bytes }) => sum + bytes, 0)
      // To the end of the order, so that a partition with a long queue does not starve the others.
      lanes.delete(`${topic}/${partition}`)
      lanes.set(`${topic}/${partition}`, lane)
      parts.push({ topic, partition, entries })
    }
  }
  return parts
}

/** How many of the first entries stay within the limits. */
function fitting<T>(entries: readonly Waiting<T>[], limit: number, roomBytes: number): number {
  let bytes = 0
  let count = 0
  for (const entry of entries) {
    bytes += entry.bytes
    if (count >= limit || bytes > roomBytes) {
      break
    }
    count += 1
  }
  return count
}
