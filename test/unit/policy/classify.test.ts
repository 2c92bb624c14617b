/** Audit classes (design §2, §6, I10): what rules may read and records may keep. */
import { expect, test } from 'vitest'
import type { UsedLookup } from '../../../schemas/records.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { callArrived } from '../../records.ts'

const policy = loadPolicyFile(new URL('../../../policy/policy.yaml', import.meta.url).pathname)
const privacy = { keyId: 'k', token: (value: string) => `T${value.length}`, mask: () => '**' }

const arrival = callArrived({
  dnis: '',
  ced: '123456',
  ivrIntent: 'billing',
  virtualAgent: { summary: 'Asks about a bill.', intent: 'billing', confidence: 0.9 },
  attributes: { region: 'north', secret: 'x' },
})

test('an arrival keeps what is declared `keep`, tokens of `token`, and nothing else', () => {
  expect(policy.classify(arrival, privacy)).toEqual({
    channel: 'VOICE',
    aniPresentation: 'ALLOWED',
    aniVerification: 'NOT_CHECKED',
    callerAuth: 'NONE',
    ced: 'T6',
    ivrIntent: 'billing',
    'virtualAgent.intent': 'billing',
    'virtualAgent.confidence': 0.9,
    'attributes.region': 'north',
  })
})

test('what the switch did not give is no input, also where Avro fills in an empty text', () => {
  expect(policy.classify(arrival, privacy)).not.toHaveProperty('dnis')
})

test('facts keep their class; undeclared ones and those of unknown dependencies are gone', () => {
  const facts = { customerId: 'c-12', name: 'A. Person', tier: 'STANDARD', knownIssue: null, x: 1 }
  expect(policy.redact('crm', facts, privacy)).toEqual({
    customerId: 'T4',
    tier: 'STANDARD',
    knownIssue: null,
  })
  expect(policy.redact('crm', { openTicketId: null }, privacy)).toEqual({ openTicketId: null })
  expect(policy.redact('nobody', facts, privacy)).toEqual({})
})

test("the agent's screen shows the facts allowed there, in clear, by dependency", () => {
  const lookup = {
    dependency: 'crm',
    facts: { name: 'A. Person', ticketTeam: 'support-1', tier: null },
  }
  expect(policy.screen([lookup as unknown as UsedLookup])).toEqual({ 'crm.name': 'A. Person' })
})
