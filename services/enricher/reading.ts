/** Records as they are read: arrivals become lookups, other dependencies' lookups become needs. */
import type { Logger } from 'pino'
import type { CallArrived } from '../../schemas/records.ts'
import { HEADER, requestKey } from '../domain/request.ts'
import type { Clock, Codec, Headers, LogRecord } from '../platform/ports.ts'
import type { DependencyPolicy } from '../policy/policy.ts'
import type { Lookups } from './lookups.ts'
import type { PartitionState } from './partition.ts'

export interface Reading {
  arrivals(state: PartitionState, records: readonly LogRecord[]): void
  needs(
    state: PartitionState,
    records: readonly LogRecord[],
    needed: NonNullable<DependencyPolicy['needs']>,
  ): void
  /** Arrivals taken up and not yet settled. */
  open(): number
  /** Resolves when nothing is open, or after so long. */
  drained(timeoutMs: number): Promise<void>
}

const LEARN_EVERY_MS = 500
/** A schema that could not be fetched for so long is of no use to the call any more. */
const LEARN_MS_MAX = 10_000

export function createReading(options: {
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly lookups: Lookups
  readonly brokerNow: () => number
  readonly observe: { passedOver(why: 'unreadable' | 'repeat'): void }
}): Reading {
  const { codec, clock, lookups, observe } = options
  let open = 0
  let onDrained = () => {}

  const learn = async (schemaId: number, appendedAt: number): Promise<boolean> => {
    while (options.brokerNow() - appendedAt < LEARN_MS_MAX) {
      const learnt = await codec.learn(schemaId)
      if (learnt !== 'unavailable') return learnt === 'known'
      await wait(clock, LEARN_EVERY_MS)
    }
    return false
  }

  const arrival = (state: PartitionState, record: LogRecord): void => {
    const { offset, appendedAt } = record
    state.prefix.begin(offset, appendedAt)
    open += 1
    const done = (): void => {
      state.prefix.finish(offset)
      open -= 1
      if (open === 0) onDrained()
    }
    const passOver = (why: 'unreadable' | 'repeat'): void => {
      observe.passedOver(why)
      done()
    }
    const take = (value: CallArrived): void => {
      if (!isKeyOf(record.key, value.callId)) passOver('unreadable')
      else if (!state.first(requestKey(value))) passOver('repeat')
      else {
        const traceparent = headerOf(record.headers, HEADER.traceparent)
        lookups.begin(state, { arrival: value, offset, arrivedAt: appendedAt, traceparent }, done)
      }
    }
    const decoded = codec.decode('call.arrived', record.value)
    if (decoded.ok) take(decoded.value)
    else if (!decoded.retry) passOver('unreadable')
    else {
      void learn(decoded.schemaId, appendedAt).then(() => {
        const again = codec.decode('call.arrived', record.value)
        if (again.ok) take(again.value)
        else passOver('unreadable')
      })
    }
  }

  const need = (
    state: PartitionState,
    record: LogRecord,
    needed: NonNullable<DependencyPolicy['needs']>,
  ): void => {
    // The header spares decoding what other dependencies said.
    const named = headerOf(record.headers, HEADER.dependency)
    if (named !== null && textOf(named) !== needed.dependency) return
    const decoded = codec.decode('call.lookup', record.value)
    if (!decoded.ok) {
      if (decoded.retry) {
        void learn(decoded.schemaId, record.appendedAt).then((known) => {
          if (known) need(state, record, needed)
        })
      }
      return
    }
    const { value } = decoded
    if (value.dependency !== needed.dependency) return
    const fact = Object.hasOwn(value.facts, needed.fact) ? (value.facts[needed.fact] ?? null) : null
    state.needs.settle(requestKey(value), { value: fact, settledAt: record.appendedAt })
  }

  return {
    arrivals: (state, records) => {
      for (const record of records) arrival(state, record)
    },
    needs: (state, records, needed) => {
      for (const record of records) need(state, record, needed)
    },
    open: () => open,
    drained: (timeoutMs) =>
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

function headerOf(headers: Headers, name: string): Uint8Array | null {
  const value = headers[name]
  if (value === undefined) return null
  return value instanceof Uint8Array ? value : (value[0] ?? null)
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function isKeyOf(key: Uint8Array | null, callId: string): boolean {
  return key !== null && textOf(key) === callId
}

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
