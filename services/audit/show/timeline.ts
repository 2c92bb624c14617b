/**
 * One decision drawn as a time line for a terminal: the arrival, each lookup as a bar with its outcome,
 * the decision, and what answered late. Pure: records in, lines out.
 */
import type {
  CallRouted,
  DecisionAudited,
  LookupArrivedLate,
  UsedLookup,
} from '../../../schemas/records.ts'
import { lateness } from '../lateness.ts'

const BAR_COLUMNS = 44

/** What is drawn of a decision; the ACD's record has all but two of it. */
interface DrawnDecision
  extends Pick<
    CallRouted,
    | 'callId'
    | 'requestNo'
    | 'callerMasked'
    | 'arrival'
    | 'arrivedAt'
    | 'decidedAt'
    | 'trigger'
    | 'lookups'
    | 'fallbacks'
    | 'target'
    | 'priority'
    | 'preferredAgent'
    | 'overflowTarget'
    | 'skills'
    | 'language'
    | 'ruleId'
    | 'policyName'
    | 'policyVersion'
    | 'flags'
  > {
  readonly effective: boolean
  readonly appendedAt: number
}

export interface Story {
  readonly decision: DecisionAudited
  readonly late: readonly LookupArrivedLate[]
}

/** A story as far as it is drawn. */
interface Drawing extends Pick<Story, 'late'> {
  readonly decision: DrawnDecision
}

/** Lines without colours; the drawing is at most 120 columns wide, sentences run on. */
export function timelineOf({ decision, late }: Drawing): readonly string[] {
  const decidedMs = decision.decidedAt - decision.arrivedAt
  const lastMs = Math.max(decidedMs, ...late.map((one) => lateAtMs(decision, one)), 1)
  const scale = (ms: number): number =>
    Math.round((Math.min(Math.max(ms, 0), lastMs) / lastMs) * (BAR_COLUMNS - 1))
  const names = Math.max(8, ...decision.lookups.map((one) => one.dependency.length))
  const row = (name: string, bar: string, words: string): string =>
    `  ${name.padEnd(names)} ${bar.padEnd(BAR_COLUMNS)} ${words}`.trimEnd()
  return [
    headline(decision),
    row('arrived', marker(0), clock(decision.arrivedAt)),
    ...decision.lookups.map((one) =>
      row(one.dependency, lookupBar(one, decision, scale), lookupWords(one)),
    ),
    row('decided', marker(scale(decidedMs)), `${decidedMs} ms  ${decision.trigger}`),
    ...late.map((one) =>
      row(one.dependency, marker(scale(lateAtMs(decision, one))), lateWords(one, decision)),
    ),
    '',
    `  → ${routeWords(decision)}`,
    ...decision.fallbacks.map(
      (one) =>
        `    ${one.reason}: ${one.sentence}${one.decisive === 'NO' ? ' (did not matter)' : ''}`,
    ),
  ]
}

function headline(decision: DrawnDecision): string {
  const caller = decision.callerMasked ?? noNumberWords(decision)
  const effective = decision.effective ? '' : '  NOT EFFECTIVE: another decision counts'
  return `call ${decision.callId}  request ${decision.requestNo}  ${caller}${effective}`
}

/** Why no number is told. Policies may drop the call's presentation: then it is not known whose doing it is. */
function noNumberWords({ trigger, arrival }: DrawnDecision): string {
  if (trigger === 'UNREADABLE') return 'number unknown'
  const { aniPresentation } = arrival
  if (aniPresentation === 'RESTRICTED') return 'number withheld'
  const shown = aniPresentation === 'UNAVAILABLE' || aniPresentation === 'ALLOWED'
  return shown ? 'no number sent' : 'number withheld or not sent'
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 23)

const marker = (column: number): string => `${' '.repeat(column)}●`

const lateAtMs = (decision: DrawnDecision, late: LookupArrivedLate): number =>
  decision.appendedAt + late.lateByMs - decision.arrivedAt

function lookupBar(
  lookup: UsedLookup,
  decision: DrawnDecision,
  scale: (ms: number) => number,
): string {
  if (lookup.settledAt === null) {
    const to = scale(decision.decidedAt - decision.arrivedAt)
    return lookup.outcome === 'NOT_NEEDED' ? '' : `├${'┄'.repeat(Math.max(to - 1, 0))}`
  }
  const to = scale(lookup.settledAt - decision.arrivedAt)
  const from = Math.min(scale(lookup.settledAt - lookup.latencyMs - decision.arrivedAt), to)
  if (from === to) return `${' '.repeat(from)}┤`
  return `${' '.repeat(from)}├${'─'.repeat(to - from - 1)}┤`
}

function lookupWords(lookup: UsedLookup): string {
  const cause = lookup.cause === null ? '' : ` (${lookup.cause})`
  const source =
    lookup.origin === 'CACHE' || lookup.origin === 'OVERRIDE' ? ` ${lookup.origin}` : ''
  const stale = lookup.stale ? ' STALE' : ''
  if (lookup.outcome === 'NOT_NEEDED') return 'NOT_NEEDED'
  return `${lookup.latencyMs} ms  ${lookup.outcome}${cause}${source}${stale}`
}

function lateWords(late: LookupArrivedLate, decision: DrawnDecision): string {
  const when = lateness(late)
  if (late.counterfactualTarget === null) return `answered ${when}`
  if (!late.differs) return `answered ${when}: same route`
  const target = late.counterfactualTarget
  return `answered ${when}: would have gone to ${target.id} instead of ${decision.target.id}`
}

function routeWords(decision: DrawnDecision): string {
  const { target, preferredAgent, overflowTarget } = decision
  const skills = decision.skills.map((skill) => `${skill.name}≥${skill.minLevel}`).join(', ')
  return [
    `${target.type.toLowerCase()} ${target.id}, priority ${decision.priority}`,
    preferredAgent === null
      ? null
      : `agent ${preferredAgent.id} for ${preferredAgent.waitMs} ms first`,
    overflowTarget === null ? null : `overflow to ${overflowTarget.id}`,
    skills === '' ? null : `skills ${skills}`,
    decision.language === null ? null : `language ${decision.language}`,
    `rule ${decision.ruleId} of ${decision.policyName}@${decision.policyVersion.slice(0, 8)}`,
    decision.flags.length === 0 ? null : `flags ${decision.flags.join(' ')}`,
  ]
    .filter((part) => part !== null)
    .join('; ')
}
