/**
 * One assigned partition: decodes what is read, steps the core at the broker's time, and does what the
 * core asks for. It lives from an assignment to its end; what comes back later finds it closed.
 */
import type { CallRouted } from '../../schemas/records.ts'
import type { ErrorCode } from '../errors.ts'
import { partitionOf } from '../domain/murmur2.ts'
import { deadLetter } from '../platform/dead-letter.ts'
import type { Ack, Clock, Codec, LogRecord, RecordBatch } from '../platform/ports.ts'
import type { CoreConfig } from './core/config.ts'
import { nextTickAt } from './core/deciding.ts'
import { type Flow, flowOf } from './core/flow.ts'
import { step } from './core/partition.ts'
import type { Request } from './core/request.ts'
import { type Effect, type Input, type Noticed, takeOver } from './core/state.ts'
import type { Publisher } from './publisher.ts'
import { readArrival, readHeld, readMarker } from './reading.ts'
import type { Start } from './recovery.ts'
import type { SchemaDesk } from './schema-desk.ts'

export interface RouterObserver {
  /** A decision was appended. */
  decided(decision: CallRouted, ack: Ack): void
  noticed(what: Noticed, count: number): void
  deadLettered(code: ErrorCode): void
  /** An arrival lies in another partition than murmur2 of its key gives. */
  partitionMismatch(): void
  /** Requests undecided or unacknowledged, all partitions; the estimate's error, milliseconds. */
  load(load: { readonly open: number; readonly clockErrorMs: number }): void
}

export interface PartitionPorts {
  readonly codec: Codec
  readonly clock: Clock
  readonly publisher: Publisher
  readonly schemas: SchemaDesk
  readonly observe: RouterObserver
  /** Broker time. */
  readonly now: () => number
  /** As `program/instance`, for dead letters. */
  readonly service: string
  readonly partitions: number
  readonly recordBytesMax: number
}

export interface PartitionRouter {
  take(batch: RecordBatch): void
  tick(overdueMax: number): void
  /** Publishes nothing until call.routed was read to an end still to be named. */
  stalled(): void
  /** Opens the gate once the ends are passed; null: the end of call.lookup stays as it was. */
  gate(lookupEnd: number | null, routedEnd: number): void
  /** Broker time of the next useful tick; null: none before further input. */
  nextTickAt(): number | null
  /** What is to be read on. */
  flow(): Flow
  readonly watermark: { take(): { readonly offset: number; readonly metadata: string } | null }
  readonly isOpen: boolean
  readonly openRequests: number
  readonly hasOverdue: boolean
  /** The partition went to another router, or this one stops. */
  close(): void
}

/** After a decision was not appended. */
const RETRY_MS = 250

export function routePartition(
  start: Start,
  config: CoreConfig,
  ports: PartitionPorts,
): PartitionRouter {
  const { codec, publisher, observe } = ports
  let state = takeOver(config, start.openSince)
  let closed = false
  let flow: Flow = { arrived: true, lookups: true, routed: true }

  const run = (input: Input): void => {
    if (closed) return
    const stepped = step(state, input, ports.now())
    state = stepped.state
    for (const effect of stepped.effects) apply(effect)
  }
  const apply = (effect: Effect): void => {
    if (effect.type === 'noticed') observe.noticed(effect.what, effect.count)
    else void publish(effect.request, effect.decision)
  }
  const publish = async (request: Request, decision: CallRouted): Promise<void> => {
    const ack = await publisher.publish(config.partition, decision, request.traceparent)
    if (ack === null) {
      ports.clock.after(RETRY_MS, () => run({ type: 'unacknowledged', request }))
      return
    }
    observe.decided(decision, ack)
    const { decidedAt } = decision
    run({ type: 'acknowledged', request, decidedAt, appendedAt: ack.appendedAt })
  }
  const setAside = async (record: LogRecord, code: ErrorCode, message: string): Promise<void> => {
    observe.deadLettered(code)
    const written = await publisher.append(
      deadLetter(record, { code, message, service: ports.service }),
    )
    if (written) run({ type: 'letter-written', offset: record.offset })
  }
  const learnt = (record: LogRecord): void => {
    if (closed) return
    const read = readHeld(codec, record)
    const arrival = 'arrival' in read ? read.arrival : null
    run({ type: 'learnt', offset: record.offset, arrival })
    if ('code' in read) void setAside(record, read.code, read.message)
  }
  const takeArrival = (record: LogRecord): void => {
    const { key } = record
    if (key !== null && partitionOf(key, ports.partitions) !== config.partition) {
      observe.partitionMismatch()
    }
    const read = readArrival(codec, record, ports.recordBytesMax)
    run(read.input)
    if (read.kind === 'poison') void setAside(record, read.code, read.message)
    if (read.kind === 'held') ports.schemas.ask(read.schemaId, () => learnt(record))
  }
  const takeLookup = (record: LogRecord): void => {
    const decoded = codec.decode('call.lookup', record.value)
    if (decoded.ok) {
      const { offset, appendedAt } = record
      run({ type: 'lookup', lookup: decoded.value, offset, appendedAt })
    } else if (decoded.retry) ports.schemas.ask(decoded.schemaId, () => takeLearnt(record))
    // What can't be read is the auditor's to set aside; here the lookup just stays pending.
  }
  const takeLearnt = (record: LogRecord): void => {
    const decoded = codec.decode('call.lookup', record.value)
    if (!decoded.ok) return
    const { offset, appendedAt } = record
    run({ type: 'lookup', lookup: decoded.value, offset, appendedAt })
  }
  const takeRouted = (record: LogRecord): void => {
    const marker = readMarker(codec, record)
    if (marker !== null) run(marker)
  }

  run({ type: 'position', topic: 'call.lookup', nextOffset: start.seek.lookup })
  run({ type: 'position', topic: 'call.routed', nextOffset: start.seek.routed })
  return {
    take({ topic, records, nextOffset }) {
      if (topic === 'call.arrived') records.forEach(takeArrival)
      else if (topic === 'call.lookup') {
        records.forEach(takeLookup)
        run({ type: 'position', topic, nextOffset })
      } else if (topic === 'call.routed') {
        records.forEach(takeRouted)
        run({ type: 'position', topic, nextOffset })
      }
    },
    tick: (overdueMax) => run({ type: 'tick', overdueMax }),
    stalled: () => run({ type: 'stalled' }),
    gate: (lookupEnd, routedEnd) => run({ type: 'gate', lookupEnd, routedEnd }),
    nextTickAt: () => nextTickAt(state),
    flow() {
      flow = flowOf(state, flow)
      return flow
    },
    watermark: { take: () => state.watermark.take() },
    get isOpen() {
      return state.gate.open
    },
    get openRequests() {
      return state.open.size
    },
    get hasOverdue() {
      return state.overdue.length > 0
    },
    close() {
      closed = true
    },
  }
}
