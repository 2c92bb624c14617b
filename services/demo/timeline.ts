/**
 * What is done to the systems of record during a demo, as data: each phase takes a share of the whole
 * and says what is switched when it begins.
 */
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'

export interface Phase {
  readonly id: string
  /** For people: what is being done. */
  readonly title: string
  /** For people: what mends by itself meanwhile. A system that answers again is asked again only later. */
  readonly mends?: string
  /** Of the whole duration; all shares together are 1. */
  readonly share: number
  /** What is wrong from here on; a system that is not named is healthy. */
  readonly faults: Readonly<Partial<Record<DependencyName, Fault>>>
  /** Whether a manual override of the schedule begins, and how far (0 to 1) into the phase. */
  readonly overrideFrom?: number
}

const HOUR_MS = 3_600_000
const always = { share: 1 } as const

/** The schedule was last synchronised so long ago. */
const STALE_MS = 5 * HOUR_MS
/** Later than its timeout (2000 ms), so that its answers come late and are recorded as such. */
const TOO_SLOW_MS = 2300

export const PHASES: readonly Phase[] = [
  { id: 'healthy', title: 'all systems answer', share: 0.12, faults: {} },
  {
    id: 'crm-hangs',
    title: 'the CRM takes requests and never answers',
    share: 0.17,
    faults: { crm: { mode: 'hang', ...always } },
  },
  {
    id: 'billing-hangs',
    title: 'billing takes requests and never answers',
    mends: 'the CRM answers again, and is asked again once a probe got through',
    share: 0.14,
    faults: { billing: { mode: 'hang', ...always } },
  },
  {
    id: 'schedule-stale',
    title: 'the schedule is five hours old; then an operator overrides it',
    mends: 'billing answers again, and is asked again once a probe got through',
    share: 0.17,
    faults: { scheduling: { mode: 'stale', ageMs: STALE_MS, ...always } },
    overrideFrom: 0.45,
  },
  {
    id: 'priority-unreachable',
    title: 'the priority database is unreachable',
    share: 0.13,
    faults: { priority: { mode: 'refuse', ...always } },
  },
  {
    id: 'all-at-once',
    title: 'all four at once',
    share: 0.14,
    faults: {
      crm: { mode: 'latency', ms: TOO_SLOW_MS, jitterMs: 200, ...always },
      billing: { mode: 'status', status: 503, ...always },
      scheduling: { mode: 'hang', ...always },
      priority: { mode: 'hang', ...always },
    },
  },
  {
    id: 'recovery',
    title: 'all systems answer again',
    mends: 'each circuit closes once a probe got through',
    share: 0.13,
    faults: {},
  },
]

/** What is being done and what mends, as a line. */
export const phaseText = ({ title, mends }: Phase): string =>
  mends === undefined ? title : `${title}; ${mends}`

export interface Moment {
  readonly phase: Phase
  /** From 0. */
  readonly index: number
  readonly fromMs: number
  readonly toMs: number
}

/** When each phase begins and ends, milliseconds from the start of the calls. */
export function momentsOf(phases: readonly Phase[], durationMs: number): readonly Moment[] {
  let fromMs = 0
  return phases.map((phase, index) => {
    const toMs = fromMs + phase.share * durationMs
    const moment = { phase, index, fromMs, toMs }
    fromMs = toMs
    return moment
  })
}

/** The override an operator sets while the schedule is stale: staff say that the desk is open. */
export const OVERRIDE = {
  dependency: 'scheduling',
  facts: { open: true, callbackOffered: true, seniorOnShift: true },
  author: 'shift-lead',
  reason: 'schedule not synchronised since the morning, desk confirmed as open',
} as const
