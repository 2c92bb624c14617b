/**
 * Partitions on their way to another router, with calls in flight (design §5). The successor is up to a
 * second behind: it has to join, to find its place and to read the log to its gates. Meanwhile whoever
 * had them reads on without the group and stands in for what comes due, also of calls that arrive while
 * nobody else reads them: a switch may give a call a second.
 */
import type { Logger } from 'pino'
import type { Clock, LogClient } from '../platform/ports.ts'
import type { LogTopic } from '../topology.ts'
import type { PartitionRouter } from './partition-router.ts'

export interface HandingOver {
  /** Takes out of `held` what is no longer this router's; where nothing of it is in flight it is closed. */
  begin(held: Map<number, PartitionRouter>, changed: readonly number[]): void
  /** What is on its way, with its partition. */
  routers(): readonly (readonly [number, PartitionRouter])[]
  /** Closes what has nothing left to decide, or had its time; to be called with every tick. */
  check(): void
  /** Resolves once nothing is on its way. */
  done(): Promise<void>
}

/** A default window ends within this; the rest of 3 s is for leaving. */
const HAND_OVER_MS = 2400

interface Parting {
  readonly routers: ReadonlyMap<number, PartitionRouter>
  readonly untilMs: number
  readonly reading: AbortController
}

/** `arrived` is called after records were read. */
export function createHandingOver(
  { client, clock, logger }: { client: LogClient; clock: Clock; logger: Logger },
  arrived: () => void,
): HandingOver {
  const partings = new Set<Parting>()
  let onDone = (): void => undefined

  const end = (parting: Parting): void => {
    parting.reading.abort()
    partings.delete(parting)
    for (const router of parting.routers.values()) router.close()
    if (partings.size === 0) onDone()
  }
  const check = (): void => {
    for (const parting of partings) {
      if (!busy(parting.routers) || clock.nowMs() >= parting.untilMs) end(parting)
    }
  }
  return {
    routers: () => [...partings].flatMap((parting) => [...parting.routers]),
    check,
    begin(held, changed) {
      const own = new Map([...held].filter(([partition]) => changed.includes(partition)))
      for (const partition of own.keys()) held.delete(partition)
      if (!busy(own)) {
        for (const router of own.values()) router.close()
        return
      }
      const parting = {
        routers: own,
        untilMs: clock.nowMs() + HAND_OVER_MS,
        reading: new AbortController(),
      }
      partings.add(parting)
      for (const router of own.values()) router.handOver()
      void read(client, parting, () => {
        check()
        arrived()
      }).catch((error: unknown) => {
        logger.warn({ err: error }, 'what becomes of calls handed over is not seen')
      })
    },
    done: () =>
      new Promise((resolve) => {
        onDone = resolve
        check()
        if (partings.size === 0) resolve()
      }),
  }
}

/** A partition with nothing in flight is kept beside one that has some: calls go on to arrive in both. */
const busy = (routers: ReadonlyMap<number, PartitionRouter>): boolean =>
  [...routers.values()].some(({ inTime }) => inTime > 0)

const READ = {
  'call.arrived': 'arrived',
  'call.lookup': 'lookup',
  'call.routed': 'routed',
} as const

async function read(
  client: LogClient,
  { routers, reading }: Parting,
  arrived: () => void,
): Promise<void> {
  const partitions = [...routers.keys()]
  const topics = Object.keys(READ) as (keyof typeof READ)[]
  const offsets = new Map<LogTopic, number[]>()
  for (const topic of topics) {
    const places: number[] = []
    for (const [partition, { position }] of routers) places[partition] = position[READ[topic]]
    offsets.set(topic, places)
  }
  await client.reader.read(
    { topics, partitions, from: { offsets }, until: 'never', signal: reading.signal },
    (batch) => {
      if (reading.signal.aborted) return
      routers.get(batch.partition)?.take(batch)
      arrived()
    },
  )
}
