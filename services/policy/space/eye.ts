/** What a policy sees of an assignment; axes that are not set are unknown. */
import type { PredicateDocument } from '../document.ts'
import { FALSE, TRUE, UNKNOWN } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import type { View } from '../evaluate/view.ts'
import type { EndingClass } from './endings.ts'
import type { Ground } from './ground.ts'
import { gives } from './needs.ts'
import type { Assignment } from './space.ts'

export function viewAt(ground: Ground, at: Assignment): View {
  const { model, slotAxes, calendarAxes } = ground
  const classes = model.dependencies.map((_, index) => ground.ended(index, at))
  // A situation is asked many things: what a condition may read is found once.
  const facts = model.slots.map(({ dependency, name }, slot) => {
    const axis = slotAxes[slot] ?? -1
    if (dependency < 0) return ground.valueOf(axis, at)
    const ended = classes[dependency] ?? null
    if (ended === null) return undefined
    const value = gives(ended, name) ? ground.valueOf(axis, at) : null
    return value === null ? (ground.standIn(ended).facts[name] ?? null) : value
  })
  const flags = model.flags.map((flag) => flagTruth(ground, flag, classes))
  return {
    fact: (slot) => facts[slot],
    outcome: (dependency) => classes[dependency]?.example.outcome,
    cause: (dependency) => classes[dependency]?.example.cause,
    stale: (dependency) => classes[dependency]?.example.stale,
    flag: (flag) => flags[flag] ?? FALSE,
    isOpen(calendar) {
      const value = at[calendarAxes[calendar] ?? -1] ?? -1
      return value < 0 ? undefined : value === 0
    },
  }
}

function flagTruth(
  ground: Ground,
  { name, raisedBy }: Ground['model']['flags'][number],
  classes: readonly (EndingClass | null)[],
): Truth {
  let result: Truth = FALSE
  for (const [index, ended] of classes.entries()) {
    if (raisedBy[index] !== true) continue
    if (ended === null) result = UNKNOWN
    else if (ground.standIn(ended).flags.includes(name)) return TRUE
  }
  return result
}

/** The axis that a single unknown test waits for; null when only pending lookups could tell. */
export function axisAt(ground: Ground, test: PredicateDocument, at: Assignment): number | null {
  const { names, model, slotAxes, calendarAxes } = ground
  const { fact, known, open } = test
  const reference = fact ?? known
  if (open !== undefined) return calendarAxes[names.calendar(open)] ?? null
  if (reference !== undefined) {
    const slot = names.fact(reference)
    const dependency = model.slots[slot]?.dependency ?? -1
    if (dependency < 0 || ground.ended(dependency, at) !== null) return slotAxes[slot] ?? null
  }
  const axes = dependenciesOf(ground, test).map((dependency) =>
    ground.ended(dependency, at) === null ? ground.endingAxis(dependency, at) : null,
  )
  return axes.find((axis) => axis !== null) ?? null
}

/** The dependencies of the policy, by index, that a single test looks at. */
export function dependenciesOf({ names, model }: Ground, test: PredicateDocument): number[] {
  const { fact, known, stale, flag, outcome, cause } = test
  const reference = fact ?? known
  if (reference !== undefined) {
    const dependency = model.slots[names.fact(reference)]?.dependency ?? -1
    return dependency < 0 ? [] : [dependency]
  }
  if (stale !== undefined) return [names.dependency(stale)]
  if (flag !== undefined) {
    const raisedBy = model.flags[names.flag(flag)]?.raisedBy ?? []
    return raisedBy.flatMap((may, index) => (may ? [index] : []))
  }
  return Object.keys({ ...outcome, ...cause }).map((name) => names.dependency(name))
}

/** What of a dependency is still open: its ending, or facts that some of the tests read. */
export function openAt(
  ground: Ground,
  dependency: number,
  tests: readonly PredicateDocument[],
  at: Assignment,
): string {
  const ended = ground.ended(dependency, at)
  if (ended === null) return `${dependency}${ground.openEnding(dependency, at)}`
  const open = tests.flatMap(({ fact, known }) => {
    const slot = ground.names.fact(fact ?? known ?? '')
    const axis = ground.slotAxes[slot] ?? -1
    const read = ground.model.slots[slot]
    if (read?.dependency !== dependency || !gives(ended, read.name)) return []
    // What stands in where the fact turns out to be absent tells endings apart as well.
    const standIn = JSON.stringify(ground.standIn(ended).facts[read.name] ?? null)
    return (at[axis] ?? -1) < 0 ? [`${axis}${standIn}`] : []
  })
  return open.length === 0 ? '' : `${dependency}s${[...new Set(open)].join('.')}`
}
