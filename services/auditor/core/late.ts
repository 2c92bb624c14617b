/**
 * The first live answer that a decision did not use (design §2, I6). It never changes a route; the
 * route it would have given is a counterfactual, computed by the same policy and labelled as one.
 */
import type { CallRouted, LookupArrivedLate, LookupSettled } from '../../../schemas/records.ts'
import { isLiveAnswer, usedLookup } from '../../domain/used-lookup.ts'
import type { Verdict } from '../../policy/policy.ts'
import { type EvidenceContext, privacyFor, type RoutedAt, redactFor } from './evidence.ts'

export interface LookupAt {
  readonly lookup: LookupSettled
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

/** True when this live answer came too late for a decision that had no live answer to use. */
export function isLateFor(decision: CallRouted, answer: LookupAt): boolean {
  const used = decision.lookups.find((one) => one.dependency === answer.lookup.dependency)
  if (used === undefined) return false
  return !isLiveAnswer(used) && used.settledOffset !== answer.offset
}

export function lateRecord(
  routed: RoutedAt,
  answer: LookupAt,
  context: EvidenceContext,
): LookupArrivedLate {
  const { decision } = routed
  const { lookup } = answer
  const used = decision.lookups.find((one) => one.dependency === lookup.dependency)
  const otherwise = counterfactual(decision, answer, context)
  return {
    eventId: context.hash(`late|${decision.requestNo} ${decision.callId}|${lookup.dependency}`),
    decisionId: decision.decisionId,
    callId: decision.callId,
    requestNo: decision.requestNo,
    dependency: lookup.dependency,
    settledAs: used?.outcome ?? 'NO_ANSWER',
    outcome: lookup.outcome,
    facts: redactFor(decision, context)(lookup.dependency, lookup.facts),
    syncedAt: lookup.syncedAt,
    latencyMs: lookup.latencyMs,
    lateByMs: answer.appendedAt - routed.appendedAt,
    lookupAt: { topic: 'call.lookup', partition: answer.partition, offset: answer.offset },
    routedTarget: decision.target,
    routedRuleId: decision.ruleId,
    counterfactualTarget: otherwise?.target ?? null,
    counterfactualRuleId: otherwise?.ruleId ?? null,
    differs: otherwise !== null && !sameRoute(otherwise, decision),
    policyVersion: decision.policyVersion,
    arrivedAt: decision.arrivedAt,
    callerToken: decision.callerToken,
    tokenKeyId: decision.tokenKeyId,
    factsKeyId: privacyFor(decision, context).keyId,
    callerMasked: decision.callerMasked,
  }
}

/** What the policy would have said with this answer in time; null when it can't be told. */
function counterfactual(
  decision: CallRouted,
  answer: LookupAt,
  context: EvidenceContext,
): Verdict | null {
  const policy = context.policyOf(decision.policyVersion)
  if (policy === null || decision.trigger === 'UNREADABLE') return null
  const lookups = decision.lookups.map((used) => {
    if (used.dependency === answer.lookup.dependency) {
      return usedLookup(answer.lookup, answer.appendedAt, answer.offset)
    }
    return used.outcome === 'NOT_NEEDED' ? null : used
  })
  return policy.decide({ arrival: decision.arrival, arrivedAt: decision.arrivedAt, lookups })
}

type Route = Pick<
  Verdict,
  'target' | 'priority' | 'skills' | 'language' | 'preferredAgent' | 'overflowTarget' | 'treatment'
>

function sameRoute(one: Route, other: Route): boolean {
  return routeText(one) === routeText(other)
}

function routeText(route: Route): string {
  const { target, preferredAgent, overflowTarget } = route
  return JSON.stringify([
    [target.type, target.id],
    route.priority,
    route.skills.map((skill) => [skill.name, skill.minLevel]),
    route.language,
    preferredAgent && [preferredAgent.id, preferredAgent.waitMs],
    overflowTarget && [overflowTarget.type, overflowTarget.id],
    route.treatment,
  ])
}
