/**
 * Five calls of a run told as stories: what was going on, what was asked and what came back when, what
 * was decided and why. Pure: audited decisions in, text out.
 */
import type { DecisionAudited, LookupArrivedLate, UsedLookup } from '../../schemas/records.ts'
import { timelineOf } from '../audit/show/timeline.ts'

/** A decision and when in the demo its call came. */
export interface ToldCall {
  readonly decision: DecisionAudited
  readonly late: readonly LookupArrivedLate[]
  /** Id of the phase in which the call arrived. */
  readonly phaseId: string
}

export interface StoryTold {
  readonly title: string
  readonly callId: string
  /** What to look at, in a sentence. */
  readonly moral: string
  readonly lines: readonly string[]
}

interface Genre {
  readonly title: string
  readonly fits: (call: ToldCall) => boolean
  readonly moral: (call: ToldCall) => string
}

const STORIES_MAX = 5

const lookupOf = ({ decision }: ToldCall, dependency: string): UsedLookup | undefined =>
  decision.lookups.find((one) => one.dependency === dependency)

const tookMs = ({ decision }: ToldCall): number => decision.appendedAt - decision.arrivedAt

const hasFlag = ({ decision }: ToldCall, flag: string): boolean => decision.flags.includes(flag)

const toTarget = ({ decision }: ToldCall): string => decision.target.id

const inTime = ({ decision }: ToldCall): boolean => decision.appendedAt <= decision.decideBy

/** In the order in which they are wanted; each is told of the first call that fits. */
const GENRES: readonly Genre[] = [
  {
    title: 'a VIP while the CRM hangs',
    fits: (call) => call.phaseId === 'crm-hangs' && call.decision.ruleId === 'vip',
    moral: (call) =>
      `The priority database settled the route, so the hanging CRM held nobody up: ${tookMs(call)} ms.`,
  },
  {
    title: 'a caller whose CRM lookup timed out',
    fits: (call) =>
      inTime(call) &&
      lookupOf(call, 'crm')?.outcome === 'TIMED_OUT' &&
      hasFlag(call, 'MANUAL_LOOKUP'),
    moral: (call) =>
      `Decided on time without the CRM, ${call.decision.decideBy - call.decision.appendedAt} ms before the switch would have given up; the agent sees MANUAL_LOOKUP.`,
  },
  {
    title: 'a billing question while billing hangs',
    fits: (call) =>
      call.phaseId === 'billing-hangs' &&
      inTime(call) &&
      toTarget(call) === 'billing' &&
      hasFlag(call, 'BILLING_UNVERIFIED'),
    moral: () => 'What the caller chose still reached billing; the agent sees BILLING_UNVERIFIED.',
  },
  {
    title: 'a call under a manual override of the schedule',
    fits: (call) => lookupOf(call, 'scheduling')?.origin === 'OVERRIDE',
    moral: () =>
      'The stale schedule was not believed: an operator answered for it, and it is told.',
  },
  {
    title: 'an answer that came too late',
    fits: ({ late }) => late.some(({ settledAs }) => settledAs !== 'NOT_NEEDED'),
    moral: ({ late }) =>
      late.some(({ differs }) => differs)
        ? 'The late answer changed nothing, and the audit says which route it would have given.'
        : 'The late answer changed nothing, and the audit says that it would have changed nothing.',
  },
  {
    title: 'a caller while the priority database is unreachable',
    fits: (call) => hasFlag(call, 'VERIFY_PRIORITY'),
    moral: () => 'Treated as a general caller, and VERIFY_PRIORITY says that nobody could know.',
  },
  {
    title: 'a customer with an open ticket',
    fits: ({ decision }) => decision.preferredAgent !== null,
    moral: () => 'The agent who knows the ticket is tried first, the team takes over after that.',
  },
  {
    title: 'a caller nobody knows',
    fits: (call) => toTarget(call) === 'unknown-callers',
    moral: () => 'Not an error: unknown callers have a path of their own.',
  },
  {
    title: 'a call with nothing wrong',
    fits: ({ decision }) => decision.trigger !== 'UNREADABLE',
    moral: (call) => `Decided in ${tookMs(call)} ms.`,
  },
]

/** At most five stories, each of another call. Calls in the order in which they came. */
export function tellStories(calls: readonly ToldCall[]): readonly StoryTold[] {
  const told = new Set<string>()
  const stories: StoryTold[] = []
  const effective = calls.filter(({ decision }) => decision.effective)
  for (const { title, fits, moral } of GENRES) {
    const call = effective.find((one) => fits(one) && !told.has(one.decision.callId))
    if (call === undefined || stories.length === STORIES_MAX) continue
    const { decision, late } = call
    told.add(decision.callId)
    stories.push({
      title,
      callId: decision.callId,
      moral: moral(call),
      lines: timelineOf({ decision, late }),
    })
  }
  return stories
}
