/** Records of calls for tests of the demo's pure parts. */
import type {
  CallRouted,
  Fallback,
  FallbackApplied,
  LookupArrivedLate,
  LookupSettled,
  UsedLookup,
} from '../../../schemas/records.ts'
import { callRouted as decision, lookupSettled as lookup } from '../../records.ts'

export const usedLookup = (over: Partial<UsedLookup>): UsedLookup => ({
  dependency: 'crm',
  outcome: 'FOUND',
  cause: null,
  origin: 'LIVE',
  stale: false,
  missing: [],
  facts: {},
  syncedAt: null,
  asked: 'GET customers by phone',
  attempts: 1,
  latencyMs: 40,
  budgetMs: 2000,
  detail: '',
  settledAt: 1050,
  settledOffset: 1,
  ...over,
})

export const lookupSettled = (over: Partial<LookupSettled>): LookupSettled =>
  lookup({ callId: 'c-1', latencyMs: 40, ...over })

export const fallback = (over: Partial<Fallback>): Fallback => ({
  dependency: 'crm',
  kind: 'FAILED',
  outcome: 'TIMED_OUT',
  cause: 'RESPONSE',
  reason: 'CRM_TIMED_OUT',
  sentence: 'CRM lookup timed out after 2000 ms, routed to general',
  waitedMs: 2000,
  origin: 'NONE',
  stale: false,
  syncedAt: null,
  missing: [],
  substituted: {},
  flags: ['MANUAL_LOOKUP'],
  decisive: 'UNKNOWN',
  ...over,
})

export const callRouted = (over: Partial<CallRouted>): CallRouted =>
  decision({
    callId: 'c-1',
    decisionId: 'd-1',
    policyName: 'example',
    policyVersion: 'abcdef0123456789',
    callerMasked: '•••••••42',
    decidedAt: 1055,
    routerId: 'router',
    ...over,
  })

export const fallbackApplied = (
  over: Partial<Fallback>,
  about = callRouted({}),
): FallbackApplied => ({
  ...fallback(over),
  eventId: 'e-1',
  decisionId: about.decisionId,
  callId: about.callId,
  requestNo: about.requestNo,
  target: about.target,
  ruleId: about.ruleId,
  policyVersion: about.policyVersion,
  trigger: about.trigger,
  arrivedAt: about.arrivedAt,
  appendedAt: 1060,
  callerToken: null,
  tokenKeyId: null,
  factsKeyId: null,
  callerMasked: about.callerMasked,
})

export const late = (over: Partial<LookupArrivedLate>): LookupArrivedLate => ({
  eventId: 'l-1',
  decisionId: 'd-1',
  callId: 'c-1',
  requestNo: 1,
  dependency: 'crm',
  settledAs: 'TIMED_OUT',
  outcome: 'FOUND',
  facts: {},
  syncedAt: null,
  latencyMs: 2300,
  lateByMs: 250,
  lookupAt: { topic: 'call.lookup', partition: 0, offset: 9 },
  routedTarget: { type: 'QUEUE', id: 'general' },
  routedRuleId: 'default',
  counterfactualTarget: { type: 'QUEUE', id: 'vip' },
  counterfactualRuleId: 'platinum',
  differs: true,
  policyVersion: 'abcdef0123456789',
  arrivedAt: 1000,
  callerToken: null,
  tokenKeyId: null,
  factsKeyId: null,
  callerMasked: null,
  ...over,
})
