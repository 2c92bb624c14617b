/** A policy laid over a space: where its names stand among the axes, and what an assignment sets. */
import type { FactValue } from '../../../schemas/records.ts'
import type { Model } from '../evaluate/decide.ts'
import type { Names } from '../evaluate/predicate.ts'
import type { OpenedPolicy } from '../load.ts'
import { namesOf } from '../names.ts'
import { NOTHING } from './endings.ts'
import type { EndingClass, StandIn } from './endings.ts'
import { endedIn, needMet } from './needs.ts'
import { calendarKey } from './space.ts'
import type { Assignment, Space } from './space.ts'

/** How a dependency is looked at: as the assignment says, as always ending so, or as pending. */
export type Override = EndingClass | 'PENDING' | null

export interface Ground {
  readonly model: Model
  readonly names: Names
  /** By slot and by calendar of the policy: the axis. */
  readonly slotAxes: readonly number[]
  readonly calendarAxes: readonly number[]
  /** How a dependency of the policy ended; null while that is open or pending. */
  readonly ended: (dependency: number, at: Assignment) => EndingClass | null
  readonly standIn: (ended: EndingClass | null) => StandIn
  readonly valueOf: (axis: number, at: Assignment) => FactValue | undefined
  /**
   * The axis to set for a dependency's ending to be known: its own, or first that of the fact it needs;
   * null where it is pending or always the same.
   */
  readonly endingAxis: (dependency: number, at: Assignment) => number | null
  /** What of a dependency's ending is open: a text, the same for what goes on alike. */
  readonly openEnding: (dependency: number, at: Assignment) => string
}

/** `policy` is the policy's place among those the space was made of. */
export function groundOf(
  space: Space,
  opened: OpenedPolicy,
  policy: number,
  overrides: readonly Override[],
): Ground {
  const { model, catalog } = opened
  const own = model.dependencies.map(({ name }) =>
    space.dependencies.findIndex((each) => each.name === name),
  )
  const overrideOf = (dependency: number): Override => overrides[own[dependency] ?? -1] ?? null
  const found = (dependency: number) => space.dependencies[own[dependency] ?? -1]

  return {
    model,
    names: namesOf(model, catalog),
    slotAxes: model.slots.map(({ dependency, name }) =>
      dependency < 0
        ? (space.axisOf.get(`call.${name}`) ?? -1)
        : (found(dependency)?.facts.get(name) ?? -1),
    ),
    calendarAxes: [...catalog.calendarIndex.keys()].map(
      (name) => space.axisOf.get(calendarKey(name, opened)) ?? -1,
    ),
    ended(dependency, at) {
      const override = overrideOf(dependency)
      if (override !== null) return override === 'PENDING' ? null : override
      const of = found(dependency)
      return of === undefined ? null : endedIn(space, of, at)
    },
    standIn: (ended) => ended?.standIns[policy] ?? NOTHING,
    valueOf(index, at) {
      const axis = space.axes[index]
      const value = at[index] ?? -1
      if (value < 0 || (axis?.kind !== 'input' && axis?.kind !== 'fact')) return undefined
      return axis.values[value] ?? null
    },
    endingAxis(dependency, at) {
      const of = found(dependency)
      if (of === undefined || overrideOf(dependency) !== null) return null
      const met = needMet(space, of, at)
      return typeof met === 'number' ? met : of.ending
    },
    openEnding(dependency, at) {
      const of = found(dependency)
      if (overrideOf(dependency) === 'PENDING') return 'pending'
      return of === undefined ? '' : `open${String(needMet(space, of, at))}`
    },
  }
}
