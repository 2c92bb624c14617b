/** The values that go in, each unlike any other, with where each of them may stand and where it must. */
import type { CallArrived } from '../../../schemas/records.ts'
import type { LogTopic } from '../../../services/topology.ts'

export interface Mark {
  readonly name: string
  readonly value: string
  /** Topics whose values may hold it in clear, by design §2 and §6. */
  readonly allowed: readonly LogTopic[]
  /** Topics that must hold it, or it never went in. */
  readonly stands: readonly LogTopic[]
  /** Of class keep: the audit, and what is made of it, may show it. */
  readonly audit: boolean
}

const AUDIT = ['audit.decision', 'audit.fallback', 'audit.late', 'audit.override'] as const
const PASSED_ON = ['call.routed', 'call.context'] as const

const mark = (
  name: string,
  value: string,
  allowed: readonly LogTopic[],
  stands: readonly LogTopic[] = allowed,
  audit = false,
): Mark => ({ name, value, allowed, stands, audit })

const number = (name: string, value: string): Mark =>
  mark(name, value, ['call.arrived'], ['call.arrived'])
/** What a source says when it errs: for nobody. */
const nowhere = (name: string, value: string): Mark => mark(name, value, [])

const kept = (name: string, value: string): Mark =>
  mark(
    name,
    value,
    ['call.arrived', ...PASSED_ON, ...AUDIT],
    ['call.arrived', 'audit.decision'],
    true,
  )
const arrived = (name: string, value: string, onward: readonly LogTopic[] = []): Mark =>
  mark(name, value, ['call.arrived', ...onward])

/** Each caller with what its sources err with. */
export const CALLERS = {
  found: { ani: number('ani', '+493099771101'), answers: [] },
  late: { ani: number('ani of a late answer', '+493099771102'), answers: [] },
  status: {
    ani: number('ani of an error status', '+493099771103'),
    answers: [
      nowhere('body of an error', 'errbody-quince'),
      nowhere('header of an error', 'errheader-quince'),
      nowhere('reason phrase of an error', 'errphrase-quince'),
    ],
  },
  broken: {
    ani: number('ani of a broken answer', '+493099771104'),
    answers: [nowhere('broken JSON', 'badjson-medlar')],
  },
  types: {
    ani: number('ani of wrong types', '+493099771105'),
    answers: [nowhere('a fact of a wrong type', 'wrongtype-medlar')],
  },
  other: {
    ani: number('ani of somebody else', '+493099771106'),
    answers: [nowhere("somebody else's number", '+493099771999')],
  },
  garbage: {
    ani: number('ani of no HTTP', '+493099771107'),
    answers: [nowhere('what is no HTTP', 'nohttp-sorrel')],
  },
  redirect: {
    ani: number('ani of a redirect', '+493099771108'),
    answers: [nowhere('address of a redirect', 'location-sorrel')],
  },
  sql: { ani: number('ani in an SQL error', '+493099771177'), answers: [] },
  withheld: { ani: number('ani withheld', '+493099771109'), answers: [] },
  blanks: { ani: number('ani with blanks', '0049 (30) 9977-1110'), answers: [] },
  sip: { ani: number('ani as SIP', 'sip:+493099771111@example.org;user=phone'), answers: [] },
  national: { ani: number('national ani', '030/99771112'), answers: [] },
  digits: { ani: number('ani without plus', '493099771113'), answers: [] },
} as const

export const OF_CALL = {
  ced: arrived('ced', '7719334405'),
  language: kept('language', 'x-langkeep'),
  ivrChoice: kept('ivrChoice', 'choicekeep'),
  ivrIntent: kept('ivrIntent', 'intentkeep'),
  intent: kept('virtualAgent.intent', 'agentkeep'),
  region: kept('attributes.region', 'regionkeep'),
  transferOf: arrived('transferOf', 'transfer-tamarind', PASSED_ON),
  summary: arrived('virtualAgent.summary', 'says +493099772201 summary-tamarind', PASSED_ON),
  badge: arrived('attributes.badge', 'badge-tamarind'),
  diary: arrived('attributes.diary', 'diary-tamarind'),
  unrelated: arrived('attributes.unrelated', 'unrelated-tamarind'),
  traceparent: arrived('traceparent', 'trace-+493099772202'),
  header: arrived('a header of the arrival', 'x-+493099772203'),
} as const

/** What all calls bring along, from a number. */
export const arrival = (ani: string): Partial<CallArrived> => ({
  ani,
  ced: OF_CALL.ced.value,
  language: OF_CALL.language.value,
  ivrChoice: OF_CALL.ivrChoice.value,
  ivrIntent: OF_CALL.ivrIntent.value,
  transferOf: OF_CALL.transferOf.value,
  virtualAgent: {
    summary: OF_CALL.summary.value,
    intent: OF_CALL.intent.value,
    confidence: 0.1,
  },
  attributes: {
    region: OF_CALL.region.value,
    badge: OF_CALL.badge.value,
    diary: OF_CALL.diary.value,
    unrelated: OF_CALL.unrelated.value,
  },
})

const LOOKED_UP = ['call.lookup', 'call.routed'] as const
const fact = (name: string, value: string, onward: readonly LogTopic[] = []): Mark =>
  mark(name, value, [...LOOKED_UP, ...onward])
const keptFact = (name: string, value: string): Mark =>
  mark(
    name,
    value,
    [...LOOKED_UP, 'call.context', ...AUDIT],
    [...LOOKED_UP, 'audit.decision'],
    true,
  )
const SCREEN = ['call.context'] as const

export const FACTS = {
  customerId: fact('crm.customerId', 'customer-saffron', SCREEN),
  name: fact('crm.name', 'name-saffron', SCREEN),
  openTicketId: fact('crm.openTicketId', 'ticket-saffron', SCREEN),
  lastContactAt: fact('crm.lastContactAt', 'contact-saffron', SCREEN),
  tokenList: fact('crm.tokenList', 'tokenlist-saffron'),
  dropList: fact('crm.dropList', 'droplist-saffron', SCREEN),
  tokenLong: fact('crm.tokenLong', '731948265513'),
  dropLong: fact('crm.dropLong', '731948265514', SCREEN),
  balanceCents: fact('billing.balanceCents', '731948265515', SCREEN),
  unmapped: nowhere('a field nobody asked for', 'unmapped-saffron'),
  tier: keptFact('crm.tier', 'tier-keep'),
  language: keptFact('crm.language', 'language-keep'),
  valueBand: keptFact('crm.valueBand', 'value-keep'),
  ticketOwner: keptFact('crm.ticketOwner', 'owner-keep'),
  ticketTeam: keptFact('crm.ticketTeam', 'team-keep'),
  knownIssue: keptFact('crm.knownIssue', 'issue-keep'),
  plan: keptFact('billing.plan', 'plan-keep'),
} as const

const OVERRIDDEN = ['ops.override', ...LOOKED_UP, ...SCREEN] as const
export const OVERRIDE = {
  name: mark('name by hand', 'byhand-cassia', OVERRIDDEN),
  customerId: mark('customerId by hand', 'customer-cassia', OVERRIDDEN),
  tier: mark('tier by hand', 'tier-cassia', [...OVERRIDDEN, ...AUDIT], OVERRIDDEN, true),
  author: mark('author', 'author-cassia', ['ops.override', 'audit.override'], undefined, true),
  reason: mark('reason', 'reason-cassia', ['ops.override', 'audit.override'], undefined, true),
  number: nowhere('a number in a reason', '+493099772301'),
} as const

export const POISON = mark('bytes nobody can read', 'poison-+493099772401', [
  'call.arrived',
  'call.arrived.dlt',
  'call.lookup',
  'call.lookup.dlt',
])
