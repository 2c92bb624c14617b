/**
 * One assigned partition: decodes what is read, steps the core at the broker's time, and does what the
 * core asks for. It lives from an assignment to its end; what comes back later finds it closed.
 */
import type { CallRouted } from '../../schemas/records.ts'
import type { ErrorCode } from '../errors.ts'
import type { Ack, Clock, Codec, RecordBatch } from '../platform/ports.ts'
import type { CoreConfig } from './core/config.ts'
import { isKnown, nextTickAt } from './core/deciding.ts'
import { type Flow, flowOf } from './core/flow.ts'
import { step } from './core/partition.ts'
import type { Request } from './core/request.ts'
import {
  type Effect,
  type Input,
  type Noticed,
  type PartitionState,
  takeOver,
} from './core/state.ts'
import { createIntake, type Intake } from './intake.ts'
import type { PartitionLife } from './marker-desk.ts'
import type { Watermark } from './core/watermark.ts'
import type { Publisher } from './publisher.ts'
import type { Start } from './recovery.ts'
import type { SchemaDesk } from './schema-desk.ts'

export interface RouterObserver {
  /** A decision was appended. */
  decided(decision: CallRouted, ack: Ack): void
  noticed(what: Noticed, count: number): void
  deadLettered(code: ErrorCode): void
  /** An arrival lies in another partition than murmur2 of its key gives. */
  partitionMismatch(): void
  /** A decision was read so long after its append, broker time, while nothing was to catch up on. */
  seen?(delayMs: number): void
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
  /** Dead letters have one owner: the primary lane. */
  readonly writesDeadLetters: boolean
  readonly partitions: number
  readonly recordBytesMax: number
}

export interface PartitionRouter {
  take(batch: RecordBatch): void
  tick(overdueMax: number): void
  /** Publishes nothing until call.lookup and call.routed were read to ends still to be named. */
  stalled(): void
  /** Goes on only as a stand-in for the router that takes the partition over. */
  handOver(): void
  /** Opens the gate once the ends are passed. */
  gate(lookupEnd: number, routedEnd: number): void
  /** Broker time of the next useful tick; null: none before further input. */
  nextTickAt(): number | null
  /** What is to be read on. */
  flow(): Flow
  readonly watermark: Pick<Watermark, 'take'>
  /** The next offsets to read. */
  readonly position: { readonly arrived: number; readonly lookup: number; readonly routed: number }
  readonly isOpen: boolean
  /** Requests that still are in time and undecided. */
  readonly inTime: number
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
  const { publisher, observe } = ports
  let state = takeOver(config, start.openSince)
  let closed = false
  const position = { ...start.seek }
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
  const life = { closed: () => closed, ...gateOf(() => state) }
  const intake = createIntake(config, ports, run, life)

  run({ type: 'position', topic: 'call.lookup', nextOffset: start.seek.lookup })
  run({ type: 'position', topic: 'call.routed', nextOffset: start.seek.routed })
  return {
    take(batch) {
      takeBatch(batch, intake, run)
      if (batch.topic === 'call.arrived') position.arrived = batch.nextOffset
      if (batch.topic === 'call.lookup') position.lookup = batch.nextOffset
      if (batch.topic === 'call.routed') position.routed = batch.nextOffset
    },
    tick: (overdueMax) => run({ type: 'tick', overdueMax }),
    stalled: () => run({ type: 'stalled' }),
    handOver: () => run({ type: 'handed-over' }),
    gate: (lookupEnd, routedEnd) => run({ type: 'gate', lookupEnd, routedEnd }),
    nextTickAt: () => nextTickAt(state),
    flow() {
      flow = flowOf(state, flow, (topic) => intake.holdings.bytes(topic))
      return flow
    },
    position,
    watermark: { take: () => state.watermark.take() },
    get isOpen() {
      return state.gate.open
    },
    get inTime() {
      return state.inTime
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

function gateOf(state: () => PartitionState): Pick<PartitionLife, 'open' | 'knows'> {
  return { open: () => state().gate.open, knows: (marker) => isKnown(state(), marker) }
}

function takeBatch(
  { topic, records, nextOffset }: RecordBatch,
  intake: Intake,
  run: (input: Input) => void,
): void {
  if (topic === 'call.arrived') for (const record of records) intake.arrival(record)
  else if (topic === 'call.lookup') {
    for (const record of records) intake.lookup(record)
    run({ type: 'position', topic, nextOffset })
  } else if (topic === 'call.routed') {
    for (const record of records) intake.routed(record)
    intake.routedTo(nextOffset)
  }
}
