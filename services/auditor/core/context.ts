/**
 * What the agent's desktop shows: what is known of each dependency in words, never a blank screen.
 * Revision 1 comes with the decision; each live answer that comes later makes the next one.
 */
import type { CallContext, CallRouted, DependencyState } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import { usedLookup } from '../../domain/used-lookup.ts'
import type { EvidenceContext } from './evidence.ts'
import type { LookupAt } from './late.ts'

/** The context of a decision after the late answers given, in the order in which they came. */
export function contextOf(
  decision: CallRouted,
  late: readonly LookupAt[],
  context: EvidenceContext,
): CallContext {
  const policy = context.policyOf(decision.policyVersion)
  const arrived = late.map((one) => usedLookup(one.lookup, one.appendedAt, one.offset))
  const facts: Facts = { ...decision.context, ...policy?.screen(arrived) }
  const lateBy = new Map(late.map((one) => [one.lookup.dependency, one]))
  return {
    callId: decision.callId,
    requestNo: decision.requestNo,
    revision: 1 + late.length,
    decisionId: decision.decisionId,
    facts,
    flags: decision.flags,
    callerAuth: decision.callerAuth,
    callerMasked: decision.callerMasked,
    summary: decision.summary,
    transferOf: decision.transferOf,
    dependencies: decision.lookups.map((used) => {
      const answer = lateBy.get(used.dependency)
      return answer === undefined ? stateOf(decision, used.dependency) : lateState(answer)
    }),
  }
}

function stateOf(decision: CallRouted, dependency: string): DependencyState {
  const used = decision.lookups.find((one) => one.dependency === dependency)
  const fallback = decision.fallbacks.find((one) => one.dependency === dependency)
  const state = used?.outcome ?? 'NO_ANSWER'
  return {
    dependency,
    state,
    sentence: fallback?.sentence ?? SENTENCES[state](dependency),
    syncedAt: used?.syncedAt ?? null,
  }
}

const SENTENCES: Record<CallRouted['lookups'][number]['outcome'], (name: string) => string> = {
  FOUND: (name) => `${name} answered`,
  NO_MATCH: (name) => `${name} knows no such caller`,
  MULTIPLE_MATCH: (name) => `${name} knows several such callers`,
  TIMED_OUT: (name) => `${name} timed out`,
  FAILED: (name) => `${name} failed`,
  SKIPPED: (name) => `${name} was not asked`,
  NO_ANSWER: (name) => `${name} had not answered when the call was routed`,
  NOT_NEEDED: (name) => `${name} was not needed for the route`,
}

function lateState({ lookup }: LookupAt): DependencyState {
  return {
    dependency: lookup.dependency,
    state: lookup.outcome,
    sentence: `${SENTENCES[lookup.outcome](lookup.dependency)}, after the call was routed`,
    syncedAt: lookup.syncedAt,
  }
}
