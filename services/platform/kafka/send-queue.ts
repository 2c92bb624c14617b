/**
 * What waits to be appended, by partition, and what may travel next. Pure: the producer does the
 * sending. A partition travels in one request at a time, which keeps its order without idempotence.
 */
import type { LogTopic } from '../../topology.ts'

export interface Waiting<T> {
  readonly item: T
  readonly bytes: number
}

/** One partition's share of a request, in order. */
export interface Part<T> {
  readonly topic: LogTopic
  readonly partition: number
  readonly entries: readonly Waiting<T>[]
}

interface Lane<T> {
  readonly topic: LogTopic
  readonly partition: number
  entries: Waiting<T>[]
  busy: boolean
  notBeforeMs: number
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
  ready(nowMs: number): readonly { readonly topic: LogTopic; readonly partition: number }[]
  /** Takes out one request's worth of the named partitions and marks these as under way. */
  take(lanes: readonly { topic: LogTopic; partition: number }[], limits: Limits): Part<T>[]
  /** A part has been appended, or given up: its partition may go on. */
  done(part: Part<T>): void
  /** Puts a part back to the head of its partition, to travel again from `notBeforeMs` on. */
  back(part: Part<T>, notBeforeMs: number, singly: boolean): void
  /** Everything that waits, taken out. */
  drain(): readonly Waiting<T>[]
  /** How many records wait, those under way not counted. */
  size(): number
}

export function createSendQueue<T>(): SendQueue<T> {
  const lanes = new Map<string, Lane<T>>()
  let waiting = 0

  function lane(topic: LogTopic, partition: number): Lane<T> {
    const key = `${topic}/${partition}`
    const existing = lanes.get(key)
    if (existing !== undefined) {
      return existing
    }
    const created = { topic, partition, entries: [], busy: false, notBeforeMs: 0, single: 0 }
    lanes.set(key, created)
    return created
  }

  /** How many entries fit; the first of a request always does. */
  function fitting(entries: readonly Waiting<T>[], limit: number, roomBytes: number): number {
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

  return {
    push(topic, partition, entry) {
      lane(topic, partition).entries.push(entry)
      waiting += 1
    },
    ready: (nowMs) =>
      [...lanes.values()].filter(
        ({ busy, entries, notBeforeMs }) => !busy && entries.length > 0 && notBeforeMs <= nowMs,
      ),
    take(wanted, limits) {
      const parts: Part<T>[] = []
      let roomBytes = limits.bytesPerRequest
      for (const { topic, partition } of wanted) {
        const from = lane(topic, partition)
        const alone = from.single > 0
        if (alone && parts.length > 0) {
          continue
        }
        const limit = alone ? 1 : limits.recordsPerPartition
        const fits = fitting(from.entries, limit, roomBytes)
        const count = fits === 0 && parts.length === 0 ? 1 : fits
        if (count === 0) {
          continue
        }
        const entries = from.entries.splice(0, count)
        waiting -= count
        from.busy = true
        from.single = Math.max(0, from.single - count)
        roomBytes -= entries.reduce((sum, { bytes }) => sum + bytes, 0)
        // To the end of the order, so that a partition with a long queue does not starve the others.
        lanes.delete(`${topic}/${partition}`)
        lanes.set(`${topic}/${partition}`, from)
        parts.push({ topic, partition, entries })
        if (alone) {
          break
        }
      }
      return parts
    },
    done({ topic, partition }) {
      lane(topic, partition).busy = false
    },
    back({ topic, partition, entries }, notBeforeMs, singly) {
      const to = lane(topic, partition)
      to.entries = [...entries, ...to.entries]
      waiting += entries.length
      to.busy = false
      to.notBeforeMs = notBeforeMs
      to.single = singly ? Math.max(to.single, entries.length) : to.single
    },
    drain() {
      const all = [...lanes.values()].flatMap(({ entries }) => entries)
      lanes.clear()
      waiting = 0
      return all
    },
    size: () => waiting,
  }
}
