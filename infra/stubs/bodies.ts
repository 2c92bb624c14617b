/** What a healthy system answers, and what a faulty one makes of it. Pure. */
import type { Fault } from './faults.ts'
import type { Line } from './lines.ts'
import type { Account, Customer } from './people.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

const DAY_MS = 86_400_000

/** A sync time as an answer carries it; null is no field at all. */
export function syncTime(fault: Fault, nowMs: number): string | null {
  if (fault.mode === 'noSync') return null
  if (fault.mode === 'stale') return new Date(nowMs - fault.ageMs).toISOString()
  if (fault.mode === 'futureSync') return new Date(nowMs + fault.aheadMs).toISOString()
  return new Date(nowMs).toISOString()
}

const stamped = (name: string, sync: string | null): JsonObject =>
  sync === null ? {} : { [name]: sync }

export function customersBody(
  customers: readonly Customer[],
  sync: string | null,
  nowMs: number,
): JsonObject {
  return {
    matches: customers.map(({ id, phone, name, tier, language, valueBand, ...more }) => ({
      id,
      phone,
      name,
      tier,
      language,
      valueBand,
      openTicket: more.openTicket === null ? null : { ...more.openTicket },
      knownIssue: more.knownIssue,
      lastContactAt: new Date(nowMs - more.lastContactDays * DAY_MS).toISOString(),
      ...stamped('updatedAt', sync),
    })),
  }
}

export function accountBody(account: Account, sync: string | null): JsonObject {
  return { ...account, ...stamped('asOf', sync) }
}

export function lineBody(line: Line, sync: string | null): JsonObject {
  const { dnis, open, callbackOffered, seniorOnShift } = line
  return { dnis, open, callbackOffered, seniorOnShift, ...stamped('syncedAt', sync) }
}

/** The same shape with every value of a type it must not have. */
export function wrongTypes(value: Json): Json {
  if (value === null) return 0
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return [value]
  if (typeof value === 'string') return value.length
  if (isArray(value)) return value.map(wrongTypes)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, wrongTypes(member)]),
  )
}

/** The same shape without the named fields, at every depth. */
export function without(value: Json, names: readonly string[]): Json {
  if (value === null || typeof value !== 'object') return value
  if (isArray(value)) return value.map((member) => without(member, names))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !names.includes(name))
      .map(([name, member]) => [name, without(member, names)]),
  )
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
