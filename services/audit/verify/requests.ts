/** Evidence by route request, worked out from the records alone. */
import type { CallRouted } from '../../../schemas/records.ts'
import { canonical } from '../../domain/canonical.ts'
import type { Stored, Topics } from './evidence.ts'

/** The part of H after which a decision that sat in a stalled process is void (design §3). */
const VOID_AFTER_MS = 30_000

export type Readable<T> = Stored<T> & { readonly value: T }

export const isReadable = <T>(record: Stored<T>): record is Readable<T> => record.value !== null

export const nameOf = (request: { callId: string; requestNo: number }): string =>
  `${request.callId}#${request.requestNo}`

export const placeOf = (partition: number, offset: number): string => `${partition}/${offset}`

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/**
 * The decisions that count by the reader's rule: per request and partition the first readable record
 * that is not void. A request with more than one entry was decided in two partitions.
 */
export function effectiveDecisions(topics: Topics): Map<string, Readable<CallRouted>[]> {
  const first = new Map<string, Map<number, Readable<CallRouted>>>()
  for (const record of topics.routed) {
    if (!isReadable(record)) continue
    if (record.appendedAt - record.value.decidedAt > VOID_AFTER_MS) continue
    const name = nameOf(record.value)
    const byPartition = first.get(name) ?? new Map<number, Readable<CallRouted>>()
    const known = byPartition.get(record.partition)
    if (known === undefined || record.offset < known.offset) {
      byPartition.set(record.partition, record)
    }
    first.set(name, byPartition)
  }
  return new Map([...first].map(([name, byPartition]) => [name, [...byPartition.values()]]))
}

/** Names of the fields of `expected` that `told` has otherwise. */
export function differences(expected: object, told: object): readonly string[] {
  const values = told as Readonly<Record<string, unknown>>
  return Object.entries(expected)
    .filter(([name, value]) => value !== values[name] && !isSame(value, values[name]))
    .map(([name]) => name)
}

const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)
