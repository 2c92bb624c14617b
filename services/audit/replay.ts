/**
 * Decides a recorded decision again (I7): the recorded inputs and the policy's text must give the
 * recorded decision, byte for byte in a canonical projection.
 */
import type { DecisionAudited, Fallback } from '../../schemas/records.ts'
import { canonical } from '../domain/canonical.ts'
import { REDUCED_FLAG } from '../domain/flags.ts'
import type { Policy, Unreadable, Verdict } from '../policy/policy.ts'

type Decided = Omit<Verdict, 'fallbacks'> & { readonly fallbacks: readonly Fallback[] }

/**
 * What of a decision must come out again, as canonical JSON. Substituted facts are left out: they are
 * the policy's own constants and recorded by audit class.
 */
function projectionOf(decided: Decided, coreVersion: string): string {
  const { ruleId, target, priority, skills, language, preferredAgent, overflowTarget } = decided
  const { treatment, flags } = decided
  const fallbacks = decided.fallbacks.map(({ substituted: _constants, ...fallback }) =>
    hasOldWords(fallback, coreVersion) ? { ...fallback, sentence: null } : fallback,
  )
  const route = { ruleId, target, priority, skills, language, preferredAgent, overflowTarget }
  return canonical({ ...route, treatment, flags, fallbacks })
}

/** Core 1 told every number that was not there as withheld; all else of its decisions comes out again. */
const hasOldWords = ({ cause }: Pick<Fallback, 'cause'>, coreVersion: string): boolean =>
  coreVersion === '1' && cause === 'CALLER_WITHHELD'

export interface ReplayContext {
  policyOf(version: string): Policy | null
  readonly hash: (text: string) => string
}

/**
 * The digest a record of audit.decision must carry: a hash of all its other fields. One that older
 * records lack counts only where it says something, or their digests would fit them no more.
 */
export function digestOf(decision: DecisionAudited, hash: (text: string) => string): string {
  const factsKeyId = decision.factsKeyId ?? undefined
  return hash(canonical({ ...decision, factsKeyId, digest: null }))
}

/**
 * Null when the record is whole and decides to itself again; otherwise what is wrong, for people.
 * Decisions that lost carry no reasons, and reduced ones not all that went in: both are only checked
 * to be whole.
 */
export function replay(decision: DecisionAudited, context: ReplayContext): string | null {
  if (decision.digest !== digestOf(decision, context.hash)) return 'the record was altered'
  if (!decision.effective || decision.flags.includes(REDUCED_FLAG)) return null
  const policy = context.policyOf(decision.policyVersion)
  if (policy === null)
    return `there is no text of policy ${decision.policyVersion} that can be loaded`
  return differenceOnReplay(decision, policy)
}

/** Null when the decision gives itself again under that policy; else what comes out instead. */
export function differenceOnReplay(decision: DecisionAudited, policy: Policy): string | null {
  const { arrival, arrivedAt, lookups } = decision
  const verdict =
    decision.trigger === 'UNREADABLE'
      ? policy.unreadable(unreadableOf(decision))
      : policy.decide({ arrival, arrivedAt, lookups })
  if (verdict === null) return 'the policy can not decide it with what was known'
  const { coreVersion } = decision
  if (projectionOf(verdict, coreVersion) !== projectionOf(decision, coreVersion)) {
    const gives = `rule ${verdict.ruleId} to ${verdict.target.id}`
    return `it gives ${gives}, recorded is rule ${decision.ruleId} to ${decision.target.id}`
  }
  const deliverable = decision.decidedAt - arrivedAt <= policy.staleCallMs
  return deliverable === decision.deliverable ? null : 'it says wrongly whether it came in time'
}

function unreadableOf({ fallbacks, detail }: DecisionAudited): Unreadable {
  const [why] = fallbacks
  return {
    cause: why?.cause === 'SCHEMA_UNAVAILABLE' ? why.cause : 'BAD_RESPONSE',
    detail: detail ?? '',
    waitedMs: why?.waitedMs ?? 0,
  }
}
