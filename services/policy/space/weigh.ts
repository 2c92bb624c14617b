/** How many combinations an assignment stands for: all values of the axes it leaves open. */
import { endedIn, gives, isPossible } from './needs.ts'
import type { EndingClass } from './endings.ts'
import type { Assignment, Space, SpaceDependency } from './space.ts'

/** Exact up to 2^53, close beyond. */
export function weigh(space: Space, at: Assignment): number {
  let weight = 1
  space.axes.forEach((axis, index) => {
    if ((axis.kind === 'input' || axis.kind === 'calendar') && (at[index] ?? -1) < 0) {
      weight *= axis.values.length
    }
  })
  for (const dependency of space.dependencies) {
    if (dependency.needs === null) weight *= weighRoot(space, dependency, at)
  }
  return weight
}

/** A dependency that needs nothing, with all that need a fact of it. */
function weighRoot(space: Space, root: SpaceDependency, at: Assignment): number {
  const index = space.dependencies.indexOf(root)
  const waiting = space.dependencies.filter(({ needs }) => needs?.dependency === index)
  const needed = [...new Set(waiting.flatMap(({ needs }) => needs?.fact ?? []))]
  let sum = 0
  for (const ended of classesAt(space, root, at)) {
    for (let pattern = 0; pattern < 1 << needed.length; pattern++) {
      const known = new Map(needed.map((fact, bit) => [fact, (pattern & (1 << bit)) !== 0]))
      let weight = ended.weight * weighFacts(space, root, ended, known, at)
      for (const other of waiting) {
        if (weight === 0) break
        weight *= weighOne(space, other, known.get(other.needs?.fact ?? '') ?? false, at)
      }
      sum += weight
    }
  }
  return sum
}

function weighOne(space: Space, of: SpaceDependency, met: boolean, at: Assignment): number {
  return classesAt(space, of, at)
    .filter((ended) => isPossible(ended, met))
    .reduce((sum, ended) => sum + ended.weight * weighFacts(space, of, ended, new Map(), at), 0)
}

function classesAt(space: Space, of: SpaceDependency, at: Assignment): readonly EndingClass[] {
  const ended = endedIn(space, of, at)
  if (ended !== null) return [ended]
  const axis = space.axes[of.ending]
  return axis?.kind === 'ending' ? axis.values : []
}

/** Facts that an answer gave; `known` says of some whether they have a value. */
function weighFacts(
  space: Space,
  of: SpaceDependency,
  ended: EndingClass,
  known: ReadonlyMap<string, boolean>,
  at: Assignment,
): number {
  let weight = 1
  for (const fact of known.keys()) if (!gives(ended, fact) && known.get(fact) === true) return 0
  for (const [fact, index] of of.facts) {
    if (!gives(ended, fact)) continue
    const axis = space.axes[index]
    if (axis?.kind !== 'fact') continue
    const set = at[index] ?? -1
    const open = set < 0 ? axis.values : axis.values.slice(set, set + 1)
    const wanted = known.get(fact)
    weight *= open.filter((value) => wanted === undefined || wanted === (value !== null)).length
  }
  return weight
}
