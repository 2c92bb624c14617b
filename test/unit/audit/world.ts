/** A small, whole set of evidence in which every promise holds; tests plant one breach at a time. */
import type { DecisionAudited, FallbackApplied } from '../../../schemas/records.ts'
import { digestOf } from '../../../services/audit/replay.ts'
import type { Evidence, Stored } from '../../../services/audit/verify/evidence.ts'
import { callArrived, callRouted } from '../../records.ts'

export const hash = (what: string | Uint8Array): string => {
  const text = typeof what === 'string' ? what : new TextDecoder().decode(what)
  let value = 7
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 2 ** 31
  return value.toString(16)
}

const stored = <T>(
  offset: number,
  appendedAt: number,
  key: string,
  value: T | null,
): Stored<T> => ({
  partition: 0,
  offset,
  appendedAt,
  key,
  value,
  requestNo: 1,
})

export const arrival = callArrived()

const lookup = {
  dependency: 'crm',
  outcome: 'TIMED_OUT',
  cause: 'RESPONSE',
  origin: 'NONE',
  stale: false,
  missing: [],
  facts: {},
  syncedAt: null,
  asked: 'customer by ANI',
  attempts: 1,
  latencyMs: 2000,
  budgetMs: 2000,
  detail: '',
} as const

const fallback = {
  dependency: 'crm',
  kind: 'FAILED',
  outcome: 'TIMED_OUT',
  cause: 'RESPONSE',
  reason: 'CRM_TIMEOUT',
  sentence: 'CRM lookup timed out after 2000 ms, routed to general',
  waitedMs: 2000,
  origin: 'NONE',
  stale: false,
  syncedAt: null,
  missing: [],
  substituted: {},
  flags: ['MANUAL_LOOKUP'],
  decisive: 'UNKNOWN',
} as const

const request = { callId: 'call-1', requestNo: 1 }

export const routed = callRouted({
  flags: ['MANUAL_LOOKUP'],
  fallbacks: [fallback],
  lookups: [{ ...lookup, settledAt: 3000, settledOffset: 0 }],
  arrival: { dnis: 'line-1' },
  callerToken: 'token',
  tokenKeyId: 'k1',
  callerMasked: '*********78',
})

export function seal(decision: DecisionAudited): DecisionAudited {
  return { ...decision, digest: digestOf(decision, hash) }
}

const { context: _c, callerAuth: _a, summary: _s, transferOf: _t, ...kept } = routed

export const decision: DecisionAudited = seal({
  ...kept,
  factsKeyId: 'k1',
  effective: true,
  routedAt: { topic: 'call.routed', partition: 0, offset: 0 },
  appendedAt: 3003,
  digest: '',
})

export const applied: FallbackApplied = {
  ...fallback,
  ...request,
  eventId: 'e1',
  decisionId: 'd1',
  target: routed.target,
  ruleId: 'default',
  policyVersion: 'v1',
  trigger: 'ALL_SETTLED',
  arrivedAt: 1000,
  appendedAt: 3003,
  callerToken: 'token',
  tokenKeyId: 'k1',
  factsKeyId: 'k1',
  callerMasked: '*********78',
}

const lateAnswer = {
  ...lookup,
  outcome: 'FOUND',
  cause: null,
  origin: 'LIVE',
  latencyMs: 2600,
} as const

/** One call whose CRM timed out and answered late, told as it should be. */
export function wholeEvidence(): Evidence {
  return {
    windowMs: 2500,
    maxClockSkewMs: 50,
    topics: {
      arrived: [stored(0, 1000, 'call-1', arrival)],
      lookups: [
        stored(0, 3000, 'call-1', { ...request, ...lookup }),
        stored(1, 3600, 'call-1', { ...request, ...lateAnswer }),
      ],
      routed: [stored(0, 3003, 'call-1', routed)],
      decisions: [stored(0, 3010, 'call-1', decision)],
      fallbacks: [stored(0, 3010, 'call-1', applied)],
      late: [
        stored(0, 3610, 'call-1', {
          ...request,
          eventId: 'l1',
          decisionId: 'd1',
          dependency: 'crm',
          settledAs: 'TIMED_OUT',
          outcome: 'FOUND',
          facts: {},
          syncedAt: null,
          latencyMs: 2600,
          lateByMs: 597,
          lookupAt: { topic: 'call.lookup', partition: 0, offset: 1 },
          routedTarget: routed.target,
          routedRuleId: 'default',
          counterfactualTarget: null,
          counterfactualRuleId: null,
          differs: false,
          policyVersion: 'v1',
          arrivedAt: 1000,
          callerToken: 'token',
          tokenKeyId: 'k1',
          factsKeyId: 'k1',
          callerMasked: '*********78',
        }),
      ],
      deadLetters: [],
    },
    acked: [{ ...request, partition: 0, offset: 0 }],
    delivered: [{ ...request, decisionId: 'd1' }],
    faults: [{ dependency: 'crm', mode: 'hang', fromMs: 0, toMs: 10_000 }],
    lag: {
      samples: [{ atMs: 11_000, records: { router: 0 } }],
      onTheWay: () => 5,
      healedAtMs: 10_000,
      boundMs: 5000,
    },
    readables: [{ source: 'log', text: 'decided call-1' }],
    replay: () => null,
  }
}
