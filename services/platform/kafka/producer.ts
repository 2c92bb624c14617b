/**
 * Appending. kafkajs sends every `send` by itself and retries whole requests across leaders; here the
 * records of a few milliseconds share a request per leader (pace.ts), and a slow leader is waited for
 * by its own partitions only (design §4.11).
 */
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import { crowding } from '../crowding.ts'
import type { Ack, Clock, Haste, LogProducer, OutRecord } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { isRefused, isTransient, protocolError } from './failure.ts'
import { giveUp, type Outgoing, sizeOf, toMessage, tooLarge } from './outgoing.ts'
import { createPace, type Pace, PRODUCES } from './pace.ts'
import { type Outcome, produceOnce } from './produce-request.ts'
import { createSendQueue, type Lane, type Limits, type Part, type SendQueue } from './send-queue.ts'
import { mend, openWire, pause, type Wire } from './wire.ts'

interface ProducerSettings extends Limits {
  /** Requests under way at a time for each leader, of different partitions. */
  readonly inFlightPerLeader: number
  /** From `append` to giving up. Below half of the horizon: later records would be void anyway. */
  readonly deliverWithinMs: number
  /** Larger records are refused here; the brokers' own limit is usually 1 MiB. */
  readonly recordLimitBytes: number
  /** A dead letter is another's record and headers around it; its topic takes more (topics/plan.ts). */
  readonly deadLetterLimitBytes: number
}

const SETTINGS: ProducerSettings = {
  recordsPerPartition: 500,
  bytesPerRequest: 900_000,
  inFlightPerLeader: 4,
  deliverWithinMs: 20_000,
  recordLimitBytes: 1_000_000,
  deadLetterLimitBytes: 1_114_000,
}

const LEADER_NOT_AVAILABLE = 5
const FIRST_BACKOFF_MS = 30
const LONGEST_BACKOFF_MS = 500
/** A topic that no broker knows does not come back by waiting. */
const TOPIC_MISSING_WITHIN_MS = 5000

interface State {
  readonly wire: Wire
  readonly clock: Clock
  readonly settings: ProducerSettings
  readonly queue: SendQueue<Outgoing>
  readonly inFlight: Map<string, number>
  readonly pace: Pace
  /** Leaders whose next request is due later, by a timer. */
  readonly waking: Set<string>
  /** Topics whose leaders are being looked up, so that each is asked for once. */
  readonly learning: Set<LogTopic>
  underWay: number
  flushPlanned: boolean
  closed: boolean
  /** Called when nothing waits and nothing is under way. */
  idle: () => void
}

/** Opens a producer with connections of its own. Rejects with XP_BROKER_… when no broker answers. */
export async function openProducer(
  options: KafkaOptions,
  purpose: string,
  haste: Haste,
): Promise<LogProducer> {
  const state: State = {
    wire: await openWire(options, purpose),
    clock: options.clock,
    settings: SETTINGS,
    queue: createSendQueue(),
    inFlight: new Map(),
    pace: createPace(PRODUCES[haste], crowding),
    waking: new Set(),
    learning: new Set(),
    underWay: 0,
    flushPlanned: false,
    closed: false,
    idle: () => undefined,
  }
  return {
    append: (record) => append(state, record),
    close: (timeoutMs) => close(state, timeoutMs),
  }
}

function append(state: State, record: OutRecord): Promise<Ack> {
  const { topic, partition } = record
  const message = toMessage(record)
  const bytes = sizeOf(message)
  if (state.closed) {
    return Promise.reject(new CrosspointError('XP_CLOSED', `appending to ${topic} after close`))
  }
  const { recordLimitBytes, deadLetterLimitBytes } = state.settings
  if (bytes > (topic.endsWith('.dlt') ? deadLetterLimitBytes : recordLimitBytes)) {
    return Promise.reject(tooLarge(topic, bytes))
  }
  return new Promise<Ack>((resolve, reject) => {
    const askedAtMs = state.clock.nowMs()
    const item: Outgoing = { message, topic, askedAtMs, attempts: 0, resolve, reject }
    state.queue.push(topic, partition, { item, bytes })
    planFlush(state)
  })
}

async function close(state: State, timeoutMs: number): Promise<void> {
  state.closed = true
  if (state.underWay > 0 || state.queue.size() > 0) {
    const done = new Promise<void>((resolve) => {
      state.idle = resolve
    })
    await Promise.race([done, pause(timeoutMs)])
  }
  for (const { item } of state.queue.drain()) {
    item.reject(new CrosspointError('XP_CLOSED', `closed before ${item.topic} got its record`))
  }
  await state.wire.close()
}

function planFlush(state: State): void {
  if (!state.flushPlanned) {
    state.flushPlanned = true
    setImmediate(() => {
      state.flushPlanned = false
      flush(state)
    })
  }
}

/** Sends what may travel: at most one new request to each leader, another in the next turn. */
function flush(state: State): void {
  const { wire, queue, settings } = state
  const byLeader = new Map<string, Lane[]>()
  for (const lane of queue.ready()) {
    const leader = wire.leader(lane.topic, lane.partition)
    if (leader === undefined) {
      void learn(state, lane.topic)
    } else {
      const lanes = byLeader.get(leader) ?? []
      lanes.push(lane)
      byLeader.set(leader, lanes)
    }
  }
  for (const [leader, lanes] of byLeader) {
    if ((state.inFlight.get(leader) ?? 0) < settings.inFlightPerLeader && isDue(state, leader)) {
      const parts = queue.take(lanes, settings)
      void send(state, leader, parts)
      if (parts.length < lanes.length) {
        planFlush(state)
      }
    }
  }
}

/** True where a request to the leader may begin now; else it is thought of when it may. */
function isDue(state: State, leader: string): boolean {
  const { pace, clock, waking } = state
  const nowMs = clock.nowMs()
  const waitMs = pace.waitMs(leader, nowMs)
  if (waitMs === 0) {
    pace.began(leader, nowMs)
    return true
  }
  if (!waking.has(leader)) {
    waking.add(leader)
    clock.after(waitMs, () => {
      waking.delete(leader)
      flush(state)
    })
  }
  return false
}

/** Learns a topic's leaders, then lets its records travel; gives them up when there is no way. */
async function learn(state: State, topic: LogTopic): Promise<void> {
  const { wire, queue } = state
  if (state.learning.has(topic)) {
    return
  }
  state.learning.add(topic)
  const problem: unknown = await wire.know([topic]).then(
    () => undefined,
    (error: unknown) => error,
  )
  state.learning.delete(topic)
  const orphans = queue
    .ready()
    .filter((lane) => lane.topic === topic && wire.leader(topic, lane.partition) === undefined)
  for (const lane of orphans) {
    const message = `${topic} has no partition ${lane.partition}`
    const missing = wire.partitions(topic).includes(lane.partition)
      ? protocolErrors.createErrorFromCode(LEADER_NOT_AVAILABLE)
      : new CrosspointError('XP_TOPIC_MISSING', message)
    for (const part of queue.take([lane], state.settings)) {
      retry(state, part, problem ?? missing, false)
    }
  }
  if (orphans.length > 0) {
    await mend(wire.cluster, problem)
  }
  settled(state)
}

async function send(state: State, leader: string, parts: readonly Part<Outgoing>[]): Promise<void> {
  const { wire, clock, inFlight } = state
  inFlight.set(leader, (inFlight.get(leader) ?? 0) + 1)
  state.underWay += 1
  try {
    const broker = await wire.cluster.findBroker({ nodeId: leader })
    const sentAtHostMs = clock.nowMs()
    const outcomes = await produceOnce(wire, broker, parts)
    const times = { sentAtHostMs, ackedAtHostMs: clock.nowMs() }
    const failed = parts.filter((part, index) => !finish(state, part, outcomes[index], times))
    const failure = outcomes.find((outcome) => !outcome.ok && isTransient(outcome.error))
    if (failed.length > 0 && failure?.ok === false) {
      await relearn(state, failed, failure.error)
    }
  } catch (error) {
    for (const part of parts) {
      retry(state, part, error, false)
    }
    await relearn(state, parts, error)
  } finally {
    inFlight.set(leader, (inFlight.get(leader) ?? 1) - 1)
    state.underWay -= 1
    settled(state)
  }
}

function settled(state: State): void {
  planFlush(state)
  if (state.underWay === 0 && state.queue.size() === 0) {
    state.idle()
  }
}

async function relearn(
  { wire }: State,
  parts: readonly Part<Outgoing>[],
  error: unknown,
): Promise<void> {
  await mend(wire.cluster, error)
  await wire.know([...new Set(parts.map(({ topic }) => topic))]).catch(() => undefined)
}

/** Settles a part by its outcome, or puts it back; false when it failed. */
function finish(
  state: State,
  part: Part<Outgoing>,
  outcome: Outcome | undefined,
  times: Pick<Ack, 'sentAtHostMs' | 'ackedAtHostMs'>,
): boolean {
  if (outcome === undefined || !outcome.ok) {
    // A broker names no culprit in a batch: its records travel alone, the bad one fails by itself. Who
    // may not write a topic may write none of them, and would be slow for long once it may.
    const hasCulprit = !isTransient(outcome?.error) && !isRefused(outcome?.error)
    retry(state, part, outcome?.error, hasCulprit && part.entries.length > 1)
    return false
  }
  state.queue.done(part)
  const { baseOffset, appendedAt } = outcome
  part.entries.forEach(({ item }, index) => {
    if (appendedAt < 0) {
      const message = `${part.topic} does not stamp records with the broker's append time`
      item.reject(new CrosspointError('XP_TOPIC_MISMATCH', message))
    } else {
      item.resolve({ offset: baseOffset + index, appendedAt, ...times })
    }
  })
  return true
}

/** Puts a part back for another try after a pause, without what has waited too long. */
function retry(state: State, part: Part<Outgoing>, error: unknown, singly: boolean): void {
  const { clock, queue, settings } = state
  const nowMs = clock.nowMs()
  const missing = protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
  const limitMs = missing ? TOPIC_MISSING_WITHIN_MS : settings.deliverWithinMs
  const final = !singly && !isTransient(error)
  const isOver = ({ item }: { readonly item: Outgoing }): boolean =>
    final || nowMs - item.askedAtMs >= limitMs
  const again = part.entries.filter((entry) => !isOver(entry))
  for (const { item } of again) {
    item.attempts += 1
  }
  const attempts = Math.max(0, ...again.map(({ item }) => item.attempts))
  const backoffMs = singly ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** attempts, LONGEST_BACKOFF_MS)
  queue.back({ ...part, entries: again }, singly)
  giveUp({ ...part, entries: part.entries.filter(isOver) }, error)
  clock.after(backoffMs, () => {
    queue.release(part)
    planFlush(state)
  })
}
