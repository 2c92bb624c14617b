/** When a request must be decided, and which request is due next. Broker time, milliseconds. */
import type { CallArrived } from '../../../schemas/records.ts'
import type { Policy } from '../../policy/policy.ts'
import type { LaneConfig } from './config.ts'

export interface Deadline {
  /** The decision's append time is due by then. */
  readonly decideBy: number
  /** When the core decides with what it has. */
  readonly dueAt: number
}

type Limits = Pick<CallArrived, 'decideWithinMs'>

/**
 * decideBy = append + min(window, decideWithinMs) (design §3). The switch's limit counts from the append
 * too, for the switch's clock is none of ours: what waited on the way to the brokers is its to subtract. The router decides a publishing margin earlier, a backup lane later
 * (design §4.3, Lanes). `limits` is null while the arrival can't be read.
 */
export function deadlineOf(
  appendedAt: number,
  limits: Limits | null,
  policy: Pick<Policy, 'windowMs' | 'margins'>,
  lane: Pick<LaneConfig, 'publishes'>,
): Deadline {
  let decideBy = appendedAt + policy.windowMs
  const within = limits?.decideWithinMs ?? null
  if (within !== null && within >= 0) {
    decideBy = Math.min(decideBy, appendedAt + within)
  }
  const { publishMs, backupMs } = policy.margins
  const marginMs = lane.publishes === 'at-once' ? publishMs : backupMs
  return { decideBy, dueAt: decideBy - marginMs }
}

export interface DueQueue<T extends { readonly dueAt: number }> {
  push(item: T): void
  peek(): T | undefined
  pop(): T | undefined
  readonly size: number
}

/** A binary heap by `dueAt`. Items that became irrelevant stay until they come up. */
export function createDueQueue<T extends { readonly dueAt: number }>(): DueQueue<T> {
  const items: T[] = []

  const sink = (last: T): void => {
    let hole = 0
    for (;;) {
      const left = items[2 * hole + 1]
      if (left === undefined) break
      const right = items[2 * hole + 2]
      const goesRight = right !== undefined && right.dueAt < left.dueAt
      const child = goesRight ? right : left
      if (child.dueAt >= last.dueAt) break
      items[hole] = child
      hole = 2 * hole + (goesRight ? 2 : 1)
    }
    items[hole] = last
  }

  return {
    push(item) {
      let hole = items.length
      items.push(item)
      while (hole > 0) {
        const above = (hole - 1) >> 1
        const parent = items[above]
        if (parent === undefined || parent.dueAt <= item.dueAt) break
        items[hole] = parent
        hole = above
      }
      items[hole] = item
    },
    peek: () => items[0],
    pop() {
      const first = items[0]
      const last = items.pop()
      if (last !== undefined && items.length > 0) sink(last)
      return first
    },
    get size() {
      return items.length
    },
  }
}
