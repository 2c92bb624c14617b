/** From an open request to the record that decides it. */
import type { CallRouted, Trigger, UsedLookup } from '../../../schemas/records.ts'
import { canonicalBytes } from '../../domain/canonical.ts'
import { REDUCED_FLAG } from '../../domain/flags.ts'
import type { Policy, Verdict } from '../../policy/policy.ts'
import type { CoreConfig } from './config.ts'
import { type Reading, type Request, usedLookups, waitedMs } from './request.ts'

type NotReadable = Exclude<Reading, { readonly state: 'READABLE' }>

/**
 * The route, if no pending lookup can change it; unreadable arrivals have one at once. A policy that
 * throws may do better with more answers; without any to come the request becomes unreadable.
 */
export function certainVerdict(request: Request): Verdict | null {
  return verdictOf(request, request.lookups, request.pending === 0)
}

/**
 * What the policy says, null when nothing. A policy is total and throws nothing; were it otherwise, the
 * caller still must not wait: with `final` a request it fails on counts as unreadable from then on.
 */
function verdictOf(request: Request, lookups: Request['lookups'], final: boolean): Verdict | null {
  const { policy, reading, appendedAt: arrivedAt } = request
  if (reading.state !== 'READABLE') return null
  try {
    const verdict = policy.decide({ arrival: reading.inputs, arrivedAt, lookups })
    if (verdict !== null || !final) return verdict
    request.reading = unreadable('the policy gave no route')
  } catch {
    // The error's text may hold what a source said: it goes nowhere.
    if (final) request.reading = POLICY_FAILED
  }
  return null
}

const unreadable = (detail: string): NotReadable => ({
  state: 'UNREADABLE',
  why: { cause: 'BAD_RESPONSE', detail },
})

/** What becomes of a readable arrival on which the policy throws. */
export const POLICY_FAILED: NotReadable = unreadable('the policy failed on this call')

/**
 * Decides a request now. With `verdict` (certain) pending lookups were NOT_NEEDED; without it they
 * become NO_ANSWER and their fallbacks apply (design §4.3). `now` is broker time.
 */
export function decisionOf(
  request: Request,
  trigger: Trigger,
  verdict: Verdict | null,
  now: number,
  config: CoreConfig,
): CallRouted {
  const decidedAt = Math.floor(now)
  const pendingAs =
    verdict === null && request.reading.state === 'READABLE' ? 'NO_ANSWER' : 'NOT_NEEDED'
  const lookups = usedLookups(request, pendingAs, decidedAt)
  const given = verdict ?? verdictOf(request, lookups, true)
  if (given !== null) return record(request, trigger, given, lookups, decidedAt, config)
  const why = request.reading.state === 'READABLE' ? POLICY_FAILED.why : request.reading.why
  const waited = waitedMs(request, decidedAt)
  const verdictless = request.policy.unreadable({ ...why, waitedMs: waited })
  return record(request, 'UNREADABLE', verdictless, lookups, decidedAt, config)
}

function record(
  request: Request,
  trigger: Trigger,
  verdict: Verdict,
  lookups: readonly UsedLookup[],
  decidedAt: number,
  config: CoreConfig,
): CallRouted {
  const { policy, reading, appendedAt } = request
  const arrival = reading.state === 'READABLE' ? reading.arrival : null
  const caller = callerOf(arrival, config)
  const arrivalAt = {
    topic: 'call.arrived',
    partition: config.partition,
    offset: request.offset,
  }
  const went = [
    arrivalAt,
    lookups.map((lookup) => lookup.settledOffset),
    policy.version,
    trigger,
    config.lane.name,
    decidedAt,
  ]
  return {
    callId: request.callId,
    requestNo: request.requestNo,
    decisionId: config.hash(canonicalBytes(went)),
    ruleId: verdict.ruleId,
    target: verdict.target,
    priority: verdict.priority,
    skills: verdict.skills,
    language: verdict.language,
    preferredAgent: verdict.preferredAgent,
    overflowTarget: verdict.overflowTarget,
    treatment: verdict.treatment,
    flags: verdict.flags,
    fallbacks: verdict.fallbacks,
    trigger,
    policyName: policy.name,
    policyVersion: policy.version,
    lookups,
    context: screenOf(policy, lookups),
    arrival: reading.state === 'READABLE' ? reading.inputs : {},
    callerAuth: arrival?.callerAuth ?? 'NONE',
    summary: arrival?.virtualAgent?.summary ?? null,
    transferOf: arrival?.transferOf ?? null,
    callerToken: caller.callerToken,
    tokenKeyId: caller.tokenKeyId,
    callerMasked: caller.callerMasked,
    arrivalAt,
    arrivedAt: appendedAt,
    decideBy: request.decideBy,
    decidedAt,
    deliverable: decidedAt - appendedAt <= policy.staleCallMs,
    lane: config.lane.name,
    routerId: config.routerId,
    coreVersion: config.coreVersion,
    detail: reading.state === 'READABLE' ? null : reading.why.detail,
  }
}

/** What the agent sees is worth less than the route. */
function screenOf(policy: Policy, lookups: readonly UsedLookup[]): CallRouted['context'] {
  try {
    return policy.screen(lookups)
  } catch {
    return {}
  }
}

type Caller = Pick<CallRouted, 'callerToken' | 'tokenKeyId' | 'callerMasked'>

/**
 * A number that may not be presented leaves nothing behind, not even its token. The key is named in any
 * case: inputs of class token are made with it as well.
 */
function callerOf(
  arrival: { readonly ani: string | null; readonly aniPresentation: string } | null,
  { privacy }: CoreConfig,
): Caller {
  const ani = arrival?.aniPresentation === 'ALLOWED' ? arrival.ani : null
  if (ani === null || ani === '') {
    return { callerToken: null, tokenKeyId: arrival && privacy.keyId, callerMasked: null }
  }
  return {
    callerToken: privacy.token(ani),
    tokenKeyId: privacy.keyId,
    callerMasked: privacy.mask(ani),
  }
}

/**
 * The same decision without what made it too large: what sources said and the caller brought along. It
 * is flagged, for it can't be decided again from itself (design §4.9).
 */
export function reduced(decision: CallRouted): CallRouted {
  return {
    ...decision,
    lookups: decision.lookups.map((one) => ({ ...one, facts: {}, missing: [], detail: '' })),
    fallbacks: decision.fallbacks.map((one) => ({ ...one, substituted: {}, missing: [] })),
    context: {},
    arrival: {},
    summary: null,
    flags: [...new Set([...decision.flags, REDUCED_FLAG])].toSorted(),
    detail: 'the decision was larger than a record can be: facts and inputs were left out',
  }
}
