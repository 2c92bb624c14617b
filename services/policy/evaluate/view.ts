/**
 * What the conditions of a policy see of one request: an array per kind of thing, indexed by numbers
 * that were resolved when the policy was compiled.
 */
import type { Cause, FactValue, SettledAs, UsedLookup } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import { FALSE, TRUE, UNKNOWN } from './three-valued.ts'
import type { Truth } from './three-valued.ts'

/** `undefined` is not known yet; `null` is known to be absent. */
export interface View {
  /** By fact slot. */
  readonly facts: readonly (FactValue | undefined)[]
  /** By dependency; `undefined` while pending. */
  readonly outcomes: readonly (SettledAs | undefined)[]
  readonly causes: readonly (Cause | null | undefined)[]
  readonly stales: readonly (boolean | undefined)[]
  /** By flag. */
  readonly flags: readonly Truth[]
  /** By calendar; a call always knows, but not who looks at many calls at once. */
  readonly isOpen: (calendar: number) => boolean | undefined
}

/** A fact that some rule or route reads. `dependency` is an index; -1 means the arrival. */
export interface Slot {
  readonly dependency: number
  readonly name: string
}

/** A flag that some rule reads, and by dependency whether one of its fallbacks may raise it. */
export interface ReadFlag {
  readonly name: string
  readonly raisedBy: readonly boolean[]
}

/** What a settled lookup's fallback adds. */
interface Substitute {
  readonly facts: Facts
  readonly flags: readonly string[]
}

export interface ViewSource {
  readonly slots: readonly Slot[]
  readonly flags: readonly ReadFlag[]
  readonly arrival: Facts
  /** By dependency; null while pending. */
  readonly lookups: readonly (UsedLookup | null)[]
  /** By dependency; null where the lookup stands for itself. */
  readonly substitutes: readonly (Substitute | null)[]
  readonly isOpen: (calendar: number) => boolean
}

/** Facts and lookups taken as not known although they are, to see what rests on them. */
export interface Hidden {
  /** By dependency: all of it. */
  readonly whole: readonly boolean[]
  /** One dependency's facts by name, and its flags. */
  readonly part: { readonly dependency: number; readonly facts: ReadonlySet<string> } | null
}

/** Builds the view. `hidden` is null but for the question what a fallback decided. */
export function viewOf(source: ViewSource, hidden: Hidden | null): View {
  const lookups =
    hidden === null
      ? source.lookups
      : source.lookups.map((lookup, index) => (hidden.whole[index] === true ? null : lookup))
  const part = hidden?.part ?? null

  return {
    facts: source.slots.map(({ dependency, name }) => {
      if (dependency < 0) return own(source.arrival, name)
      const lookup = lookups[dependency] ?? null
      if (lookup === null) return undefined
      if (part !== null && part.dependency === dependency && part.facts.has(name)) return undefined
      return own(lookup.facts, name) ?? own(source.substitutes[dependency]?.facts, name)
    }),
    outcomes: lookups.map((lookup) => lookup?.outcome),
    causes: lookups.map((lookup) => (lookup === null ? undefined : lookup.cause)),
    stales: lookups.map((lookup) => lookup?.stale),
    flags: source.flags.map((flag) => flagTruth(flag, lookups, source.substitutes, part)),
    isOpen: source.isOpen,
  }
}

function flagTruth(
  flag: ReadFlag,
  lookups: ViewSource['lookups'],
  substitutes: ViewSource['substitutes'],
  part: Hidden['part'],
): Truth {
  let result: Truth = FALSE
  for (let index = 0; index < lookups.length; index++) {
    if (flag.raisedBy[index] !== true) continue
    if (lookups[index] === null || part?.dependency === index) result = UNKNOWN
    else if (substitutes[index]?.flags.includes(flag.name) === true) return TRUE
  }
  return result
}

/** A fact by its own name only, never one inherited by the object. */
export function own(facts: Facts | undefined, name: string): FactValue {
  return facts !== undefined && Object.hasOwn(facts, name) ? (facts[name] ?? null) : null
}
