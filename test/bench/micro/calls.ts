/** The calls that micro-benchmarks run on: those of the demo's switch, and what systems of record say of them. */
import { createCallMix, type PlannedCall } from '../../../infra/switch/calls.ts'
import { LINES } from '../../../infra/stubs/lines.ts'
import { createPeople, type People } from '../../../infra/stubs/people.ts'
import type { CallArrived, LookupSettled } from '../../../schemas/records.ts'
import type { Facts } from '../../../services/domain/facts.ts'

export interface Call {
  readonly arrival: CallArrived
  /** In the order of the example policy's dependencies; all settled live, as on a quiet day. */
  readonly lookups: readonly LookupSettled[]
}

/** Of the people who call. */
export const SEED = 11
const PLAIN = { asksAgain: 0, repeatedRecord: 0, unreadable: 0, ownLimit: 0 } as const

/** `count` calls, always the same; `run` goes into every callId. */
export function callsOf(run: string, count: number): readonly Call[] {
  const people = createPeople(SEED)
  const mix = createCallMix({ seed: SEED, run, people, shares: PLAIN })
  return Array.from({ length: count }, () => callOf(mix.next(), people))
}

function callOf({ arrival, identifiers }: PlannedCall, people: People): Call {
  const { crm: phone, billing: customerId } = identifiers
  const customers = phone === null ? [] : (people.customersByPhone.get(phone) ?? [])
  const account = customerId === null ? undefined : people.accounts.get(customerId)
  const line = LINES.find(({ dnis }) => dnis === arrival.dnis)
  const priority = people.priorities.find((one) => one.phone === phone)
  const crm = customers.map(
    ({ id, name, tier, language, valueBand, openTicket, knownIssue, lastContactDays }): Facts => ({
      customerId: id,
      name,
      tier,
      language,
      valueBand,
      openTicketId: openTicket?.id ?? null,
      ticketOwner: openTicket?.owner ?? null,
      ticketTeam: openTicket?.team ?? null,
      knownIssue,
      lastContactAt: String(lastContactDays),
    }),
  )
  const { callId } = arrival
  return {
    arrival,
    lookups: [
      phone === null ? skipped(callId, 'crm', 'CALLER_WITHHELD') : answered(callId, 'crm', crm),
      customerId === null
        ? skipped(callId, 'billing', 'NEEDS_UNMET')
        : answered(callId, 'billing', account === undefined ? [] : [billingFacts(account)]),
      answered(callId, 'scheduling', line === undefined ? [] : [scheduleFacts(line)]),
      phone === null
        ? skipped(callId, 'priority', 'CALLER_WITHHELD')
        : answered(callId, 'priority', priority === undefined ? [] : [priorityFacts(priority)]),
    ],
  }
}

const billingFacts = ({
  pastDue,
  balanceCents,
  plan,
}: {
  readonly pastDue: boolean
  readonly balanceCents: number
  readonly plan: string
}): Facts => ({ pastDue, balanceCents, plan })

const scheduleFacts = ({
  open,
  callbackOffered,
  seniorOnShift,
}: (typeof LINES)[number]): Facts => ({
  open,
  callbackOffered,
  seniorOnShift,
})

const priorityFacts = ({ vip, level }: People['priorities'][number]): Facts => ({ vip, level })

const PLAIN_LOOKUP = {
  requestNo: 1,
  stale: false,
  missing: [],
  syncedAt: null,
  detail: '',
} as const

function answered(callId: string, dependency: string, found: readonly Facts[]): LookupSettled {
  const [only = {}] = found
  const several = found.length > 1
  const outcome = several ? 'MULTIPLE_MATCH' : found.length === 1 ? 'FOUND' : 'NO_MATCH'
  return {
    ...PLAIN_LOOKUP,
    callId,
    dependency,
    outcome,
    cause: null,
    origin: 'LIVE',
    facts: several ? {} : only,
    asked: `${dependency} by phone`,
    attempts: 1,
    latencyMs: 3,
    budgetMs: 2000,
  }
}

function skipped(
  callId: string,
  dependency: string,
  cause: 'CALLER_WITHHELD' | 'NEEDS_UNMET',
): LookupSettled {
  return {
    ...PLAIN_LOOKUP,
    callId,
    dependency,
    outcome: 'SKIPPED',
    cause,
    origin: 'NONE',
    facts: {},
    asked: '',
    attempts: 0,
    latencyMs: 0,
    budgetMs: 0,
  }
}
