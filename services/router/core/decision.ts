/** From an open request to the record that decides it. */
import type { CallRouted, Trigger, UsedLookup } from '../../../schemas/records.ts'
import { canonical } from '../../domain/canonical.ts'
import type { Verdict } from '../../policy/policy.ts'
import type { CoreConfig } from './config.ts'
import { type Request, usedLookups, waitedMs } from './request.ts'

/** The route, if no pending lookup can change it; unreadable arrivals have one at once. */
export function certainVerdict(request: Request): Verdict | null {
  if (request.reading.state !== 'READABLE') return null
  return request.policy.decide({
    arrival: request.reading.inputs,
    arrivedAt: request.appendedAt,
    lookups: request.lookups,
  })
}

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
  const { reading } = request
  if (reading.state !== 'READABLE') {
    const waited = waitedMs(request, decidedAt)
    const unreadable = request.policy.unreadable({ ...reading.why, waitedMs: waited })
    const lookups = usedLookups(request, 'NOT_NEEDED', decidedAt)
    return record(request, 'UNREADABLE', unreadable, lookups, decidedAt, config)
  }
  if (verdict !== null) {
    const lookups = usedLookups(request, 'NOT_NEEDED', decidedAt)
    return record(request, trigger, verdict, lookups, decidedAt, config)
  }
  const lookups = usedLookups(request, 'NO_ANSWER', decidedAt)
  const question = { arrival: reading.inputs, arrivedAt: request.appendedAt, lookups }
  const forced = request.policy.decide(question)
  // A policy is total; were it not, the caller still must not wait.
  const detail = 'the policy gave no route'
  const waited = waitedMs(request, decidedAt)
  const given =
    forced ?? request.policy.unreadable({ cause: 'BAD_RESPONSE', detail, waitedMs: waited })
  return record(request, trigger, given, lookups, decidedAt, config)
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
    decisionId: config.hash(canonical(went)),
    ...verdict,
    trigger,
    policyName: policy.name,
    policyVersion: policy.version,
    lookups,
    context: policy.screen(lookups),
    arrival: reading.state === 'READABLE' ? reading.inputs : {},
    callerAuth: arrival?.callerAuth ?? 'NONE',
    summary: arrival?.virtualAgent?.summary ?? null,
    transferOf: arrival?.transferOf ?? null,
    ...callerOf(arrival, config),
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

type Caller = Pick<CallRouted, 'callerToken' | 'tokenKeyId' | 'callerMasked'>

/** A number that may not be presented leaves nothing behind, not even its token. */
function callerOf(
  arrival: { readonly ani: string | null; readonly aniPresentation: string } | null,
  { privacy }: CoreConfig,
): Caller {
  const ani = arrival?.aniPresentation === 'ALLOWED' ? arrival.ani : null
  if (ani === null || ani === '') return { callerToken: null, tokenKeyId: null, callerMasked: null }
  return {
    callerToken: privacy.token(ani),
    tokenKeyId: privacy.keyId,
    callerMasked: privacy.mask(ani),
  }
}

const REDUCED_FLAG = 'RECORD_REDUCED'

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
