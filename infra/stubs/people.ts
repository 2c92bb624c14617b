/**
 * Who may call: some thousands of seeded callers with what each system of record knows of them. The
 * stubs answer from it and the switch draws its calls from it, so both agree without talking. All
 * numbers lie in ranges kept free for films and examples by the German and British regulators.
 */
import { createRandom, type Random } from '../random.ts'

interface OpenTicket {
  readonly id: string
  /** Agent id. */
  readonly owner: string
  /** Queue of the owner's team. */
  readonly team: string
}

/** A customer as the CRM holds it. */
export interface Customer {
  readonly id: string
  readonly phone: string
  readonly name: string
  readonly tier: 'STANDARD' | 'PLATINUM'
  readonly language: string
  readonly valueBand: 'NORMAL' | 'HIGH'
  readonly openTicket: OpenTicket | null
  /** Product of a known open issue. */
  readonly knownIssue: string | null
  /** Days since the last contact. */
  readonly lastContactDays: number
}

export interface Account {
  readonly customerId: string
  readonly pastDue: boolean
  readonly balanceCents: number
  readonly plan: string
}

export interface Priority {
  readonly phone: string
  readonly vip: boolean
  readonly level: number
}

export interface People {
  /** Every number the CRM knows, with one or several customers. */
  readonly customersByPhone: ReadonlyMap<string, readonly Customer[]>
  readonly accounts: ReadonlyMap<string, Account>
  readonly priorities: readonly Priority[]
  /** Numbers the CRM knows, in a fixed order. */
  readonly knownPhones: readonly string[]
  /** Numbers no system knows. */
  readonly unknownPhones: readonly string[]
}

export const DEFAULT_PEOPLE = 4000

const RANGES = ['+493023125', '+494066969', '+496990009', '+492214710', '+498999998'] as const
/** The last ten numbers of each range stay free: the lines people dial are among them. */
const PER_RANGE = 990
const FIRST = ['Ada', 'Bela', 'Cem', 'Dana', 'Emil', 'Fatma', 'Grete', 'Hugo', 'Ines', 'Jonas']
const LAST = ['Adler', 'Busch', 'Celik', 'Dorn', 'Engel', 'Falk', 'Gruber', 'Horn', 'Imhof', 'Jahn']
const PRODUCTS = ['router-x2', 'fibre-1000', 'tv-box'] as const
const TEAMS = ['support-1', 'support-2'] as const

function phoneAt(index: number): string {
  const range = RANGES[Math.floor(index / PER_RANGE)]
  if (range === undefined) throw new RangeError(`At most ${RANGES.length * PER_RANGE} callers.`)
  return `${range}${String(index % PER_RANGE).padStart(3, '0')}`
}

function customer(random: Random, phone: string, id: string): Customer {
  const openTicket = random.chance(0.12)
    ? {
        id: `T-${random.between(10_000, 99_999)}`,
        owner: `agent-${random.between(1, 40)}`,
        team: random.pick(TEAMS),
      }
    : null
  return {
    id,
    phone,
    name: `${random.pick(FIRST)} ${random.pick(LAST)}`,
    tier: random.chance(0.06) ? 'PLATINUM' : 'STANDARD',
    language: random.weighted([
      [78, 'de'],
      [12, 'en'],
      [6, 'tr'],
      [4, 'fr'],
    ]),
    valueBand: random.chance(0.1) ? 'HIGH' : 'NORMAL',
    openTicket,
    knownIssue: random.chance(0.07) ? random.pick(PRODUCTS) : null,
    lastContactDays: random.between(0, 400),
  }
}

function account(random: Random, customerId: string): Account {
  const pastDue = random.chance(0.08)
  return {
    customerId,
    pastDue,
    balanceCents: pastDue ? random.between(1_000, 90_000) : -random.between(0, 5_000),
    plan: random.pick(['basic', 'plus', 'business']),
  }
}

/**
 * The callers of a seed. One number in thirty belongs to several customers (a family, an office),
 * one customer in fifty has no billing account, one number in twenty-five is a VIP's.
 */
export function createPeople(seed: number, count = DEFAULT_PEOPLE): People {
  const random = createRandom(seed).fork('people')
  const customersByPhone = new Map<string, readonly Customer[]>()
  const accounts = new Map<string, Account>()
  const priorities: Priority[] = []
  let nextId = 100_000
  for (let index = 0; index < count; index += 1) {
    const phone = phoneAt(index)
    const holders = random.chance(1 / 30) ? random.between(2, 3) : 1
    const customers = Array.from({ length: holders }, () => {
      nextId += 1
      return customer(random, phone, `C-${nextId}`)
    })
    customersByPhone.set(phone, customers)
    for (const { id } of customers) {
      if (!random.chance(0.02)) accounts.set(id, account(random, id))
    }
    const vip = random.chance(0.04)
    if (vip || random.chance(0.15)) {
      priorities.push({ phone, vip, level: vip ? random.between(1, 2) : random.between(3, 9) })
    }
  }
  return {
    customersByPhone,
    accounts,
    priorities,
    knownPhones: [...customersByPhone.keys()],
    unknownPhones: Array.from(
      { length: 1000 },
      (_, index) => `+447700900${String(index).padStart(3, '0')}`,
    ),
  }
}
