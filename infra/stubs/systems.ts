/** The three systems of record that speak HTTP: what each is asked for, and what it knows. */
import {
  accountBody,
  customersBody,
  lineBody,
  syncTime,
  without,
  wrongTypes,
  type JsonObject,
} from './bodies.ts'
import type { DependencyName, Fault } from './faults.ts'
import type { Line } from './lines.ts'
import type { People } from './people.ts'

/** A request that names what it wants. */
interface Asked {
  readonly identifier: string
  /** The answer under a fault that shapes the body; null: this system has no such record. */
  answer(fault: Fault, nowMs: number): JsonObject | null
}

export interface HttpSystem {
  readonly name: Exclude<DependencyName, 'priority'>
  /** Null: this is no path of this system. */
  read(url: URL): Asked | null
}

/** One body under a fault; `other` is the record of somebody else. */
function shaped(
  fault: Fault,
  own: () => JsonObject | null,
  other: () => JsonObject | null,
  partialLacks: readonly string[],
): JsonObject | null {
  const body = fault.mode === 'wrongCaller' ? other() : own()
  if (body === null) return null
  if (fault.mode === 'wrongTypes') return wrongTypes(body) as JsonObject
  if (fault.mode === 'partial') return without(body, partialLacks) as JsonObject
  return body
}

/** The entry after the one asked for: somebody else, whoever asked. */
function nextOf<T>(items: readonly T[], index: number): T | null {
  return items[(index + 1) % items.length] ?? null
}

function lastSegment(url: URL, path: string): string | null {
  if (!url.pathname.startsWith(path)) return null
  const rest = url.pathname.slice(path.length)
  return rest === '' || rest.includes('/') ? null : decodeURIComponent(rest)
}

export function crmSystem(people: People): HttpSystem {
  const indexes = new Map(people.knownPhones.map((phone, index) => [phone, index]))
  const customersOf = (phone: string) => people.customersByPhone.get(phone) ?? []
  return {
    name: 'crm',
    read(url) {
      // A bare plus in a query means a blank; callers who did not encode it mean a plus.
      const phone = url.searchParams.get('phone')?.replace(/^ /, '+')
      if (url.pathname !== '/v1/customers' || phone === undefined) return null
      return {
        identifier: phone,
        answer(fault, nowMs) {
          const body = (number: string | null): JsonObject =>
            customersBody(number === null ? [] : customersOf(number), syncTime(fault, nowMs), nowMs)
          const other = nextOf(people.knownPhones, indexes.get(phone) ?? 0)
          return shaped(
            fault,
            () => body(phone),
            () => body(other),
            ['tier', 'valueBand', 'openTicket'],
          )
        },
      }
    },
  }
}

export function billingSystem(people: People): HttpSystem {
  const accounts = [...people.accounts.values()]
  const indexes = new Map(accounts.map(({ customerId }, index) => [customerId, index]))
  return {
    name: 'billing',
    read(url) {
      const customerId = lastSegment(url, '/v1/accounts/')
      if (customerId === null) return null
      return {
        identifier: customerId,
        answer(fault, nowMs) {
          const sync = syncTime(fault, nowMs)
          const own = people.accounts.get(customerId)
          const other = nextOf(accounts, indexes.get(customerId) ?? 0)
          return shaped(
            fault,
            () => (own === undefined ? null : accountBody(own, sync)),
            () => (other === null ? null : accountBody(other, sync)),
            ['pastDue'],
          )
        },
      }
    },
  }
}

export function schedulingSystem(lines: readonly Line[]): HttpSystem {
  return {
    name: 'scheduling',
    read(url) {
      const dnis = lastSegment(url, '/v1/lines/')
      if (dnis === null) return null
      return {
        identifier: dnis,
        answer(fault, nowMs) {
          const sync = syncTime(fault, nowMs)
          const index = lines.findIndex((line) => line.dnis === dnis)
          const own = lines[index]
          const other = nextOf(lines, index)
          return shaped(
            fault,
            () => (own === undefined ? null : lineBody(own, sync)),
            () => (other === null ? null : lineBody(other, sync)),
            ['seniorOnShift'],
          )
        },
      }
    },
  }
}
