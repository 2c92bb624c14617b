/**
 * The client's side of appending: what is given within one turn goes out together, one request at a time
 * per partition leader, and is tried again until it is acknowledged or its time is over. A request whose
 * acknowledgement is lost is therefore appended twice, as with any producer that is not idempotent; one
 * that reaches a broker which leads no longer is refused, and goes to the new leader.
 */
import { CrosspointError } from '../../errors.ts'
import type { Ack, LogProducer, LogRecord, OutRecord } from '../ports.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** After so long the client gives up; well below the horizon. */
const DELIVERY_TIMEOUT_MS = 20_000
const RETRY_MS = 30

interface Waiting {
  readonly out: OutRecord
  readonly givenAtMs: number
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: Error) => void
}

/** One broker's queue; `busy` while a request to it is under way. */
interface Lane {
  queue: Waiting[]
  busy: boolean
}

export function memoryProducer(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
): LogProducer {
  const lanes = createLanes(broker)
  let closed = false

  const flush = (leader: number, lane: Lane): void => {
    if (lane.busy || lane.queue.length === 0) return
    const batch = lane.queue
    lane.queue = []
    lane.busy = true
    send(leader, batch, () => {
      lane.busy = false
      flush(leader, lane)
    })
  }
  const send = (leader: number, batch: readonly Waiting[], done: () => void): void => {
    const sentAtHostMs = process.clock.nowMs()
    const fate = weather.produce(leader)
    // The request is on its way: whatever happens to the process now, it arrives.
    broker.time.after(weather.latencyMs(leader), () => {
      const written = batch.map(({ out }) => (fate.appended ? appended(broker, leader, out) : null))
      if (!fate.acknowledged) return
      process.after(weather.latencyMs(leader), () => {
        acknowledge(batch, written, sentAtHostMs, process.clock.nowMs())
        const refused = batch.filter((_, index) => written[index] === null)
        retry(refused, done)
      })
    })
    if (!fate.acknowledged) process.after(fate.noticedAfterMs, () => retry(batch, done))
  }
  const retry = (batch: readonly Waiting[], done: () => void): void => {
    const alive = giveUpOld(batch, process.clock.nowMs() - DELIVERY_TIMEOUT_MS)
    if (alive.length === 0) {
      done()
      return
    }
    process.after(RETRY_MS, () => {
      const others = lanes.again(alive)
      done()
      for (const [leader, lane] of others) flush(leader, lane)
    })
  }

  return {
    append(out) {
      if (closed) return Promise.reject(new CrosspointError('XP_CLOSED', 'the producer is closed'))
      const bytes = out.value?.length ?? 0
      if (bytes > broker.valueBytesMax(out.topic)) {
        const message = `${out.topic} takes no record of ${bytes} bytes`
        return Promise.reject(new CrosspointError('XP_RECORD_TOO_LARGE', message))
      }
      const [leader, lane] = lanes.of(out)
      return new Promise<Ack>((resolve, reject) => {
        lane.queue.push({ out, givenAtMs: process.clock.nowMs(), resolve, reject })
        if (lane.queue.length === 1 && !lane.busy) process.after(0, () => flush(leader, lane))
      })
    },
    close(timeoutMs) {
      closed = true
      const until = process.clock.nowMs() + timeoutMs
      return new Promise((resolve) => {
        const look = (): void => {
          if (lanes.idle() || process.clock.nowMs() >= until) resolve()
          else process.after(5, look)
        }
        look()
      })
    },
  }
}

/** Tells those whose time is over; gives the others. */
function giveUpOld(batch: readonly Waiting[], before: number): readonly Waiting[] {
  for (const { givenAtMs, out, reject } of batch) {
    if (givenAtMs > before) continue
    const message = `${out.topic}-${out.partition} did not acknowledge a record in time`
    reject(new CrosspointError('XP_PRODUCE_FAILED', message))
  }
  return batch.filter(({ givenAtMs }) => givenAtMs > before)
}

/** Null when this broker does not lead the partition. */
function appended(broker: MemoryBroker, by: number, out: OutRecord): LogRecord | null {
  const { leader, electing } = broker.log(out.topic, out.partition)
  return electing || leader !== by ? null : broker.append(out)
}

const nameOf = ({ topic, partition }: OutRecord): string => `${topic} ${partition}`

/** The queues of all brokers, and who leads what as this client believes. */
function createLanes(broker: MemoryBroker) {
  const lanes = new Map<number, Lane>()
  const leaders = new Map<string, number>()

  const laneOf = (leader: number): Lane => {
    const lane = lanes.get(leader) ?? { queue: [], busy: false }
    lanes.set(leader, lane)
    return lane
  }
  const learn = (out: OutRecord): number => {
    const { leader } = broker.log(out.topic, out.partition)
    leaders.set(nameOf(out), leader)
    return leader
  }
  return {
    of(out: OutRecord): [number, Lane] {
      const leader = leaders.get(nameOf(out)) ?? learn(out)
      return [leader, laneOf(leader)]
    },
    /**
     * Puts what was not appended before all that waits for the same partitions, at their leaders as they
     * are now: order within a partition is kept. Gives those lanes.
     */
    again(batch: readonly Waiting[]): ReadonlyMap<number, Lane> {
      const concerned = new Set(batch.map(({ out }) => nameOf(out)))
      const behind: Waiting[] = []
      for (const lane of lanes.values()) {
        behind.push(...lane.queue.filter(({ out }) => concerned.has(nameOf(out))))
        lane.queue = lane.queue.filter(({ out }) => !concerned.has(nameOf(out)))
      }
      const found = new Map<number, Lane>()
      const front = new Map<Lane, Waiting[]>()
      for (const waiting of [...batch, ...behind]) {
        const leader = learn(waiting.out)
        const lane = laneOf(leader)
        found.set(leader, lane)
        front.set(lane, [...(front.get(lane) ?? []), waiting])
      }
      for (const [lane, first] of front) lane.queue = [...first, ...lane.queue]
      return found
    },
    idle: (): boolean =>
      [...lanes.values()].every(({ busy, queue }) => !busy && queue.length === 0),
  }
}

function acknowledge(
  batch: readonly Waiting[],
  written: readonly (LogRecord | null)[],
  sentAtHostMs: number,
  ackedAtHostMs: number,
): void {
  batch.forEach(({ resolve }, index) => {
    const record = written[index]
    if (record === null || record === undefined) return
    const { offset, appendedAt } = record
    resolve({ offset, appendedAt, sentAtHostMs, ackedAtHostMs })
  })
}
