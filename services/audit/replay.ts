/**
 * Decides a recorded decision again (I7): the recorded inputs and the policy's text must give the
 * recorded decision, byte for byte in a canonical projection.
 */
import type { DecisionAudited, Fallback } from '../../schemas/records.ts'
import { canonical } from '../domain/canonical.ts'
import type { Policy, Verdict } from '../policy/policy.ts'

type Decided = Omit<Verdict, 'fallbacks'> & { readonly fallbacks: readonly Fallback[] }

/**
 * What of a decision must come out again, as canonical JSON. Substituted facts are left out: they are
 * the policy's own constants and recorded by audit class.
 */
export function projectionOf(decided: Decided): string {
  const { ruleId, target, priority, skills, language, preferredAgent, overflowTarget } = decided
  const { treatment, flags } = decided
  const fallbacks = decided.fallbacks.map(({ substituted: _constants, ...fallback }) => fallback)
  const route = { ruleId, target, priority, skills, language, preferredAgent, overflowTarget }
  return canonical({ ...route, treatment, flags, fallbacks })
}

export interface ReplayContext {
  policyOf(version: string): Policy | null
  readonly hash: (text: string) => string
}

/** The digest a record of audit.decision must carry: a hash of all its other fields. */
export function digestOf(decision: DecisionAudited, hash: (text: string) => string): string {
  return hash(canonical({ ...decision, digest: null }))
}

/**
 * Null when the record is whole and decides to itself again; otherwise what is wrong, for people.
 * Decisions that lost carry no reasons and are only checked to be whole.
 */
export function replay(decision: DecisionAudited, context: ReplayContext): string | null {
  if (decision.digest !== digestOf(decision, context.hash)) return 'the record was altered'
  if (!decision.effective || decision.trigger === 'UNREADABLE') return null
  const policy = context.policyOf(decision.policyVersion)
  if (policy === null) return `there is no text of policy ${decision.policyVersion}`
  const lookups = decision.lookups.map((one) => (one.outcome === 'NOT_NEEDED' ? null : one))
  const { arrival, arrivedAt } = decision
  const verdict = policy.decide({ arrival, arrivedAt, lookups })
  if (verdict === null) return 'the policy can not decide it with what was known'
  if (projectionOf(verdict) === projectionOf(decision)) return null
  return `it gives rule ${verdict.ruleId} to ${verdict.target.id}, recorded is ${decision.ruleId} to ${decision.target.id}`
}
