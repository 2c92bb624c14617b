/**
 * The client's side of appending: what is given within one turn goes out together, one request at a time
 * per partition leader, and is tried again until it is acknowledged or its time is over. A request whose
 * acknowledgement is lost is therefore appended twice, as with any producer that is not idempotent.
 */
import { CrosspointError } from '../../errors.ts'
import type { Ack, LogProducer, LogRecord, OutRecord } from '../ports.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** After so long the client gives up; well below the horizon. */
const DELIVERY_TIMEOUT_MS = 20_000
const RETRY_MS = 50

interface Waiting {
  readonly out: OutRecord
  readonly givenAtMs: number
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: Error) => void
}

/** One partition leader's queue; `busy` while a request to it is under way. */
interface Lane {
  queue: Waiting[]
  busy: boolean
}

export function memoryProducer(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
): LogProducer {
  const lanes = new Map<number, Lane>()
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
      const written = fate.appended ? batch.map(({ out }) => broker.append(out)) : []
      if (!fate.acknowledged) return
      process.after(weather.latencyMs(leader), () => {
        acknowledge(batch, written, sentAtHostMs, process.clock.nowMs())
        done()
      })
    })
    if (!fate.acknowledged) process.after(fate.noticedAfterMs, () => retry(leader, batch, done))
  }
  const retry = (leader: number, batch: readonly Waiting[], done: () => void): void => {
    const oldest = process.clock.nowMs() - DELIVERY_TIMEOUT_MS
    const alive = batch.filter(({ givenAtMs }) => givenAtMs > oldest)
    for (const { givenAtMs, out, reject } of batch) {
      if (givenAtMs > oldest) continue
      const message = `${out.topic}-${out.partition} did not acknowledge a record in time`
      reject(new CrosspointError('XP_PRODUCE_FAILED', message))
    }
    if (alive.length === 0) done()
    else process.after(RETRY_MS, () => send(leader, alive, done))
  }
  const idle = (): boolean =>
    [...lanes.values()].every(({ busy, queue }) => !busy && queue.length === 0)

  return {
    append(out) {
      if (closed) return Promise.reject(new CrosspointError('XP_CLOSED', 'the producer is closed'))
      const { leader } = broker.log(out.topic, out.partition)
      const lane = lanes.get(leader) ?? { queue: [], busy: false }
      lanes.set(leader, lane)
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
          if (idle() || process.clock.nowMs() >= until) resolve()
          else process.after(5, look)
        }
        look()
      })
    },
  }
}

function acknowledge(
  batch: readonly Waiting[],
  written: readonly LogRecord[],
  sentAtHostMs: number,
  ackedAtHostMs: number,
): void {
  batch.forEach(({ resolve }, index) => {
    const record = written[index]
    if (record === undefined) return
    const { offset, appendedAt } = record
    resolve({ offset, appendedAt, sentAtHostMs, ackedAtHostMs })
  })
}
