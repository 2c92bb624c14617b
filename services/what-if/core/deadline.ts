/**
 * When a recorded call would have been due under other terms. Broker time, milliseconds.
 *
 * The switch's own limit is not recorded, but it shows where it was shorter than the window: then
 * decideBy lies before arrivedAt + window. Where it was longer it does not show, so a longer window is
 * taken as granted by the switch.
 */
import type { DecisionAudited } from '../../../schemas/records.ts'
import type { Terms } from './terms.ts'

export interface Deadline {
  readonly decideBy: number
  /** When the router decides with what it has. */
  readonly dueAt: number
  /** Earlier than it was: what was used may not be there yet. */
  readonly shortened: boolean
}

type Dated = Pick<DecisionAudited, 'arrivedAt' | 'decideBy' | 'decidedAt' | 'trigger' | 'lane'>

/** The deadline under `after` of a decision recorded under `before`. */
export function deadlineAfter(decision: Dated, before: Terms, after: Terms): Deadline {
  const { arrivedAt, decidedAt, trigger, lane } = decision
  const grantedMs = decision.decideBy - arrivedAt
  const switchMs = grantedMs < before.windowMs ? grantedMs : Infinity
  const decideBy = arrivedAt + Math.min(after.windowMs, switchMs)
  const dueBefore = Math.max(arrivedAt, decision.decideBy - marginMs(before, lane))
  const due = Math.max(arrivedAt, decideBy - marginMs(after, lane))
  const shortened = due < dueBefore
  const dueAt = dueAtOf(trigger, { due, dueBefore, decidedAt })
  return { decideBy, dueAt, shortened: shortened && dueAt < decidedAt }
}

interface Dues {
  readonly due: number
  readonly dueBefore: number
  readonly decidedAt: number
}

function dueAtOf(trigger: Dated['trigger'], { due, dueBefore, decidedAt }: Dues): number {
  switch (trigger) {
    case 'DEADLINE':
      // The router was as punctual as it was.
      return decidedAt + due - dueBefore
    case 'CAPACITY':
      // Room was needed then, whatever the window.
      return Math.min(due, decidedAt)
    case 'LATE_START':
      // Nobody was there before.
      return Math.max(due, decidedAt)
    case 'ALL_SETTLED':
    case 'OUTCOME_CERTAIN':
    case 'UNREADABLE':
    default:
      // A certain decision may come between dueAt and decideBy.
      return due < dueBefore ? due : Math.max(due, decidedAt)
  }
}

function marginMs({ margins }: Terms, lane: Dated['lane']): number {
  return lane === 'PRIMARY' ? margins.publishMs : margins.backupMs
}
