/** One call whose route changes, told for people: what was, what would be, and which lookup made it so. */
import type { DecisionAudited, UsedLookup } from '../../../schemas/records.ts'
import type { Verdict } from '../../policy/policy.ts'
import type { Redecided } from './redecide.ts'
import type { Example } from './tally.ts'

/** Two to a few lines; no number is in them but the masked one. */
export function exampleOf(decision: DecisionAudited, again: Redecided): Example {
  const { callId, requestNo, arrivedAt, decidedAt, callerMasked } = decision
  const caller = callerMasked === null ? '' : `  ${callerMasked}`
  return {
    from: decision.target.id,
    to: again.verdict.target.id,
    callId,
    requestNo,
    arrivedAt,
    lines: [
      `call ${callId}  request ${requestNo}${caller}`,
      `  was    ${routeText(decision, decidedAt - arrivedAt)}`,
      `  would  ${routeText(again.verdict, again.waitedMs)}${again.told ? '' : UNTOLD}`,
      ...changes(decision.lookups, again.lookups).map((text) => `  ${text}`),
      ...reasons(decision, again.verdict),
    ],
  }
}

const UNTOLD = '   (rests on an answer the recording does not hold)'

function routeText({ target, priority, ruleId, flags }: Verdict, waitedMs: number): string {
  const raised = flags.length === 0 ? '' : `; flags ${flags.join(', ')}`
  return `queue ${target.id}, priority ${priority}, by rule ${ruleId} after ${Math.round(waitedMs)} ms${raised}`.replace(
    /^queue (?=\S+)/u,
    target.type === 'QUEUE' ? 'queue ' : `${target.type.toLowerCase()} `,
  )
}

function changes(before: readonly UsedLookup[], after: readonly UsedLookup[]): string[] {
  return after.flatMap((now) => {
    const was = before.find(({ dependency }) => dependency === now.dependency)
    const [then, nowText] = [was === undefined ? 'not asked' : lookupText(was), lookupText(now)]
    return then === nowText ? [] : [`${now.dependency}: ${then} → ${nowText}`]
  })
}

function lookupText({ outcome, cause, origin, stale, latencyMs }: UsedLookup): string {
  if (outcome === 'NOT_NEEDED') return 'not needed'
  if (outcome === 'NO_ANSWER') return `no answer in ${latencyMs} ms`
  const source = origin === 'CACHE' || origin === 'OVERRIDE' ? ` from ${origin.toLowerCase()}` : ''
  const why = cause === null ? '' : ` (${cause})`
  return `${outcome}${why}${source}${stale ? ', stale,' : ''} in ${latencyMs} ms`
}

function reasons(before: Verdict, after: Verdict): string[] {
  const had = new Set(before.fallbacks.map(({ reason }) => reason))
  return after.fallbacks
    .filter(({ reason }) => !had.has(reason))
    .map(({ reason, sentence }) => `  ${reason}: ${sentence}`)
}
