/** What changed for a member from one assignment to the next. Pure. */
import type { Assignment } from '../ports.ts'

/** One completed join, as the group's coordinator answered it. */
export interface Join {
  readonly memberId: string
  readonly generation: number
  readonly partitions: readonly number[]
}

export interface Membership {
  /** The last join; undefined before the first one. */
  readonly last: Join | undefined
  readonly epoch: number
}

export const NO_MEMBERSHIP: Membership = { last: undefined, epoch: 0 }

/**
 * Takes a join in. A partition is retained only if nobody else can have held it in between: the same
 * member, the very next generation. After an expulsion, a missed generation or a rebuild, what comes
 * back counts as gained (design §4.7). `broken` are partitions whose position was lost.
 */
export function joined(
  membership: Membership,
  join: Join,
  broken: ReadonlySet<number> = new Set(),
): { readonly membership: Membership; readonly assignment: Assignment } {
  const { last } = membership
  const unbroken =
    last !== undefined && last.memberId === join.memberId && last.generation + 1 === join.generation
  const before = new Set(last?.partitions)
  const partitions = join.partitions.toSorted((a, b) => a - b)
  const kept = new Set(unbroken ? partitions.filter((p) => before.has(p) && !broken.has(p)) : [])
  const epoch = membership.epoch + 1
  return {
    membership: { last: { ...join, partitions }, epoch },
    assignment: {
      epoch,
      partitions,
      gained: partitions.filter((p) => !kept.has(p)),
      lost: [...before].filter((p) => !partitions.includes(p)),
    },
  }
}
