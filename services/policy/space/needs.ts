/** Which ways of ending are possible where a dependency waits for another's fact. */
import type { EndingClass } from './endings.ts'
import type { Assignment, Space, SpaceDependency } from './space.ts'

/** The class a dependency ended in; null: any. */
export function endedIn(space: Space, of: SpaceDependency, at: Assignment): EndingClass | null {
  const axis = space.axes[of.ending]
  const value = at[of.ending] ?? -1
  return axis?.kind === 'ending' && value >= 0 ? (axis.values[value] ?? null) : null
}

/** True where a class has given a fact, as far as the ending goes. */
export function gives(ended: EndingClass, fact: string): boolean {
  return ended.found && !ended.example.missing.includes(fact)
}

/**
 * Whether the fact that a dependency needs is known; without a need it is. A number is the axis that
 * has to be set before this can be told.
 */
export function needMet(space: Space, of: SpaceDependency, at: Assignment): boolean | number {
  const { needs } = of
  const needed = needs === null ? undefined : space.dependencies[needs.dependency]
  if (needs === null || needed === undefined) return true
  const ended = endedIn(space, needed, at)
  if (ended === null) return needed.ending
  if (!gives(ended, needs.fact)) return false
  const index = needed.facts.get(needs.fact) ?? -1
  const axis = space.axes[index]
  const value = at[index] ?? -1
  if (axis?.kind !== 'fact') return false
  return value < 0 ? index : axis.values[value] !== null
}

export function isPossible(ended: EndingClass, met: boolean): boolean {
  return ended.possible === 'ALWAYS' || ended.possible === (met ? 'NEED_MET' : 'NEED_UNMET')
}
