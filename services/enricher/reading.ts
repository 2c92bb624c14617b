/** Records as they are read: arrivals become lookups, other dependencies' lookups become needs. */
import type { CallArrived, LookupSettled } from '../../schemas/records.ts'
import { ARRIVAL_BYTES_MAX, CALL_ID_BYTES_MAX } from '../domain/limits.ts'
import { HEADER } from '../domain/request.ts'
import { traceparentOf } from '../domain/traceparent.ts'
import { isAscii } from '../platform/ascii.ts'
import { decodeOnce } from '../platform/decode-once.ts'
import { firstHeader } from '../platform/headers.ts'
import type { Clock, Codec, LogRecord } from '../platform/ports.ts'
import type { Lookups } from './lookups.ts'
import { type Need, needKey } from './needs.ts'
import type { PartitionState } from './partition.ts'
import type { Repeats } from './repeats.ts'
import { wait } from '../platform/timing.ts'

export interface Reading {
  arrivals(state: PartitionState, records: readonly LogRecord[]): void
  needs(state: PartitionState, records: readonly LogRecord[], needed: readonly Need[]): void
  /** Arrivals taken up and not yet settled. */
  open(): number
  /** Resolves when nothing is open, or after so long. */
  drained(timeoutMs: number): Promise<void>
}

const LEARN_EVERY_MS = 500
/** A schema that could not be fetched for so long is of no use to the call any more. */
const LEARN_MS_MAX = 10_000

interface ReadingOptions {
  readonly codec: Codec
  readonly clock: Clock
  readonly lookups: Lookups
  readonly repeats: Repeats
  readonly brokerNow: () => number
  readonly observe: { passedOver(why: 'unreadable' | 'repeat'): void }
}

export function createReading(options: ReadingOptions): Reading {
  const open = countOpen(options.clock)
  const learn = learner(options)
  return {
    arrivals: (state, records) => {
      for (const record of records) readArrival(options, learn, open, state, record)
    },
    needs: (state, records, needed) => {
      for (const record of records) readNeed(options, learn, needed, state, record)
    },
    open: open.count,
    drained: open.drained,
  }
}

/** Fetches a writer's schema; true when decoding is worth another try. */
type Learn = (schemaId: number, appendedAt: number) => Promise<boolean>

function learner({ codec, clock, brokerNow }: ReadingOptions): Learn {
  return async (schemaId, appendedAt) => {
    while (brokerNow() - appendedAt < LEARN_MS_MAX) {
      const learnt = await codec.learn(schemaId)
      if (learnt !== 'unavailable') return learnt === 'known'
      await wait(clock, LEARN_EVERY_MS)
    }
    return false
  }
}

function countOpen(clock: Clock) {
  let open = 0
  let onDrained = () => {}
  return {
    count: () => open,
    began: () => void (open += 1),
    ended: () => {
      open -= 1
      if (open === 0) onDrained()
    },
    drained: (timeoutMs: number): Promise<void> =>
      new Promise((resolve) => {
        if (open === 0) {
          resolve()
          return
        }
        const cancel = clock.after(timeoutMs, resolve)
        onDrained = () => {
          cancel()
          resolve()
        }
      }),
  }
}

function readArrival(
  { codec, lookups, repeats, observe }: ReadingOptions,
  learn: Learn,
  open: ReturnType<typeof countOpen>,
  state: PartitionState,
  record: LogRecord,
): void {
  // A record makes its value anew for each look.
  const { offset, appendedAt, value: bytes } = record
  state.prefix.begin(offset, appendedAt)
  open.began()
  const done = (): void => {
    state.prefix.finish(offset)
    open.ended()
  }
  const passOver = (why: 'unreadable' | 'repeat'): void => {
    observe.passedOver(why)
    done()
  }
  const take = (value: CallArrived): void => {
    if (!isNamed(record.key, value.callId)) passOver('unreadable')
    else if (repeats.isRepeat(state.partition, offset, value)) passOver('repeat')
    else {
      const traceparent = traceparentOf(firstHeader(record.headers, HEADER.traceparent))
      lookups.begin(state, { arrival: value, offset, arrivedAt: appendedAt, traceparent }, done)
    }
  }
  const takeLater = async (schemaId: number): Promise<void> => {
    await learn(schemaId, appendedAt)
    const again = decodeOnce(codec, 'call.arrived', record)
    if (again.ok) take(again.value)
    else passOver('unreadable')
  }
  if (bytes !== null && bytes.length > ARRIVAL_BYTES_MAX) {
    passOver('unreadable')
    return
  }
  const decoded = decodeOnce(codec, 'call.arrived', record)
  if (decoded.ok) take(decoded.value)
  else if (decoded.retry) void takeLater(decoded.schemaId)
  else passOver('unreadable')
}

/** Settles what a lookup tells of the facts that are needed; null where it has none. */
export function settleNeeds(
  state: PartitionState,
  needed: readonly Need[],
  { callId, requestNo, dependency, facts }: LookupSettled,
  settledAt: number,
): void {
  for (const need of needed) {
    if (need.dependency !== dependency) continue
    const value = Object.hasOwn(facts, need.fact) ? (facts[need.fact] ?? null) : null
    state.needs.settle(needKey({ callId, requestNo }, need), { value, settledAt })
  }
}

function readNeed(
  { codec }: ReadingOptions,
  learn: Learn,
  needed: readonly Need[],
  state: PartitionState,
  record: LogRecord,
): void {
  // The header spares decoding what other dependencies said.
  const named = firstHeader(record.headers, HEADER.dependency)
  // Three records of four end here, and leave no text.
  if (named !== null && !needed.some(({ dependency }) => isAscii(named, dependency))) return
  const take = (value: LookupSettled): void => {
    if (isNamed(record.key, value.callId)) settleNeeds(state, needed, value, record.appendedAt)
  }
  const takeLater = async (schemaId: number): Promise<void> => {
    if (!(await learn(schemaId, record.appendedAt))) return
    const again = decodeOnce(codec, 'call.lookup', record)
    if (again.ok) take(again.value)
  }
  const decoded = decodeOnce(codec, 'call.lookup', record)
  if (decoded.ok) take(decoded.value)
  else if (decoded.retry) void takeLater(decoded.schemaId)
}

const text = new TextDecoder()
const textOf = (bytes: Uint8Array): string => text.decode(bytes)

/** True when the key is this call id, and short enough for one: the router takes others for poison. */
function isNamed(key: Uint8Array | null, callId: string): boolean {
  return key !== null && key.length <= CALL_ID_BYTES_MAX && textOf(key) === callId
}
