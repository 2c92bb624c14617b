/** Picks callers of a kind out of the seeded people, each of them once. */
import { LINES } from '../../../infra/stubs/lines.ts'
import type { Account, Customer, People, Priority } from '../../../infra/stubs/people.ts'

interface Caller {
  readonly phone: string
  /** The one customer of this number. */
  readonly customer: Customer
  readonly account: Account | null
  readonly priority: Priority | null
}

export interface Callers {
  /** One whom no rule of the example policy singles out. */
  plain(): Caller
  /** One who is plain but for what `fits` asks for. */
  like(what: string, fits: (caller: Caller) => boolean): Caller
  /** A number of several customers. */
  shared(): string
  /** A number nobody knows. */
  unknown(): string
}

const isVip = ({ priority }: Caller): boolean => priority?.vip === true
const pastDue = ({ account }: Caller): boolean => account?.pastDue === true

/** What would single a caller out, by name. */
const TRAITS: Readonly<Record<string, (caller: Caller) => boolean>> = {
  vip: isVip,
  platinum: ({ customer }) => customer.tier === 'PLATINUM',
  'high value': ({ customer }) => customer.valueBand === 'HIGH',
  'open ticket': ({ customer }) => customer.openTicket !== null,
  'known issue': ({ customer }) => customer.knownIssue !== null,
  'past due': pastDue,
  language: ({ customer }) => customer.language !== 'de',
  'no account': ({ account }) => account === null,
}

const traitsOf = (caller: Caller): string =>
  Object.entries(TRAITS)
    .filter(([, has]) => has(caller))
    .map(([name]) => name)
    .join(' and ')

export function createCallers(people: People): Callers {
  const priorities = new Map(people.priorities.map((one) => [one.phone, one]))
  const shared: string[] = []
  const byTraits = new Map<string, Caller[]>()
  for (const [phone, customers] of people.customersByPhone) {
    const [customer, another] = customers
    if (another !== undefined) shared.push(phone)
    else if (customer !== undefined) {
      const account = people.accounts.get(customer.id) ?? null
      const caller = { phone, customer, account, priority: priorities.get(phone) ?? null }
      const traits = traitsOf(caller)
      byTraits.set(traits, [...(byTraits.get(traits) ?? []), caller])
    }
  }
  const unknown = [...people.unknownPhones]
  const take = <T>(from: T[] | undefined, what: string, fits: (one: T) => boolean): T => {
    const at = from?.findIndex(fits) ?? -1
    const [found] = at < 0 ? [] : (from?.splice(at, 1) ?? [])
    if (found === undefined) throw new Error(`No caller is left who is ${what}.`)
    return found
  }
  return {
    // Known to the priority database, so that a plain call has no fallback at all.
    plain: () => take(byTraits.get(''), 'plain', ({ priority }) => priority !== null),
    like: (what, fits) => take(byTraits.get(what), what, fits),
    shared: () => take(shared, 'one number of several customers', () => true),
    unknown: () => take(unknown, 'unknown', () => true),
  }
}

/** A line people dial, by its name. */
export function lineOf(name: string): string {
  const line = LINES.find((one) => one.name === name)
  if (line === undefined) throw new Error(`There is no line called ${name}.`)
  return line.dnis
}
