/**
 * What a decision leaves for analysts, made from its self-contained record alone: the auditor never
 * decides again. Facts pass by audit class; without the policy's text nothing of them may be kept.
 */
import type {
  CallRouted,
  DecisionAudited,
  Fallback,
  FallbackApplied,
  UsedLookup,
} from '../../../schemas/records.ts'
import { canonicalBytes } from '../../domain/canonical.ts'
import type { Facts } from '../../domain/facts.ts'
import type { Privacy } from '../../domain/privacy.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Draft } from './draft.ts'

/** A decision together with where and when it was appended to call.routed. */
export interface RoutedAt {
  readonly decision: CallRouted
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

export interface EvidenceContext {
  /** The policy a decision names; null when this process does not have its text. */
  policyOf(version: string): Policy | null
  readonly privacy: Privacy
  /** By the id of its key; null when this process does not have that key. */
  readonly privacyOf?: (keyId: string) => Privacy | null
  /** Names things by what went in. */
  readonly hash: (what: string | Uint8Array) => string
}

export type Redact = (dependency: string, facts: Facts) => Facts

/** Facts by audit class for the policy of this decision. */
export function redactFor(decision: CallRouted, context: EvidenceContext): Redact {
  const policy = context.policyOf(decision.policyVersion)
  if (policy === null) return () => ({})
  const privacy = privacyFor(decision, context)
  return (dependency, facts) => policy.redact(dependency, facts, privacy)
}

/**
 * The key of the decision, so that one record holds tokens of one key and gives itself again whoever
 * audits it; this process's own while it does not have that one, and records say so.
 */
export function privacyFor({ tokenKeyId }: CallRouted, context: EvidenceContext): Privacy {
  const named = tokenKeyId === null ? null : context.privacyOf?.(tokenKeyId)
  return named ?? context.privacy
}

/**
 * The records of an effective decision: one audit.decision and one audit.fallback per reason
 * (design §9, I5). A decision that lost gives audit.decision with `effective: false` and no reasons.
 */
export function evidenceOf(
  routed: RoutedAt,
  effective: boolean,
  context: EvidenceContext,
): readonly Draft[] {
  const { decision } = routed
  const redact = redactFor(decision, context)
  const factsKeyId = privacyFor(decision, context).keyId
  const fallbacks = effective ? decision.fallbacks.map((one) => redactFallback(one, redact)) : []
  const audited: Draft = {
    topic: 'audit.decision',
    callId: decision.callId,
    value: sealed(decisionAudited(routed, effective, fallbacks, { redact, factsKeyId }), context),
  }
  const reasons = fallbacks.map(
    (fallback): Draft => ({
      topic: 'audit.fallback',
      callId: decision.callId,
      value: fallbackApplied(routed, fallback, context),
    }),
  )
  return [audited, ...reasons]
}

interface Redacting {
  readonly redact: Redact
  /** The key of what `redact` makes. */
  readonly factsKeyId: string
}

function redactFallback(fallback: Fallback, redact: Redact): Fallback {
  return { ...fallback, substituted: redact(fallback.dependency, fallback.substituted) }
}

function redactLookup(lookup: UsedLookup, redact: Redact): UsedLookup {
  return { ...lookup, facts: redact(lookup.dependency, lookup.facts) }
}

type Unsealed = Omit<DecisionAudited, 'digest'> & { readonly digest: null }

/** Puts the digest in, so that a record altered later is told apart (I7). */
function sealed(decision: Unsealed, { hash }: EvidenceContext): DecisionAudited {
  return { ...decision, digest: hash(canonicalBytes(decision)) }
}

function decisionAudited(
  { decision, partition, offset, appendedAt }: RoutedAt,
  effective: boolean,
  fallbacks: readonly Fallback[],
  { redact, factsKeyId }: Redacting,
): Unsealed {
  return {
    callId: decision.callId,
    requestNo: decision.requestNo,
    decisionId: decision.decisionId,
    effective,
    target: decision.target,
    priority: decision.priority,
    skills: decision.skills,
    language: decision.language,
    preferredAgent: decision.preferredAgent,
    overflowTarget: decision.overflowTarget,
    treatment: decision.treatment,
    flags: decision.flags,
    trigger: decision.trigger,
    ruleId: decision.ruleId,
    policyName: decision.policyName,
    policyVersion: decision.policyVersion,
    fallbacks,
    lookups: decision.lookups.map((lookup) => redactLookup(lookup, redact)),
    arrival: decision.arrival,
    callerToken: decision.callerToken,
    tokenKeyId: decision.tokenKeyId,
    factsKeyId,
    callerMasked: decision.callerMasked,
    arrivalAt: decision.arrivalAt,
    routedAt: { topic: 'call.routed', partition, offset },
    arrivedAt: decision.arrivedAt,
    decideBy: decision.decideBy,
    decidedAt: decision.decidedAt,
    appendedAt,
    deliverable: decision.deliverable,
    lane: decision.lane,
    routerId: decision.routerId,
    coreVersion: decision.coreVersion,
    detail: decision.detail,
    digest: null,
  }
}

function fallbackApplied(
  { decision, appendedAt }: RoutedAt,
  fallback: Fallback,
  context: EvidenceContext,
): FallbackApplied {
  return {
    ...fallback,
    eventId: context.hash(
      `fallback|${decision.decisionId}|${fallback.dependency}|${fallback.reason}`,
    ),
    decisionId: decision.decisionId,
    callId: decision.callId,
    requestNo: decision.requestNo,
    target: decision.target,
    ruleId: decision.ruleId,
    policyVersion: decision.policyVersion,
    trigger: decision.trigger,
    arrivedAt: decision.arrivedAt,
    appendedAt,
    callerToken: decision.callerToken,
    tokenKeyId: decision.tokenKeyId,
    factsKeyId: privacyFor(decision, context).keyId,
    callerMasked: decision.callerMasked,
  }
}
