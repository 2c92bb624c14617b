/**
 * What the conditions of a policy see of one request, by numbers that were resolved when the policy was
 * compiled. Nothing is looked at before a condition asks: most of the times a policy is asked, its first
 * rule still waits for a lookup, and the rest is of no account.
 */
import type { Cause, FactValue, SettledAs, UsedLookup } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import { FALSE, TRUE, UNKNOWN } from './three-valued.ts'
import type { Truth } from './three-valued.ts'

/** `undefined` is not known yet; `null` is known to be absent. */
export interface View {
  fact(slot: number): FactValue | undefined
  /** By dependency; `undefined` while pending. */
  outcome(dependency: number): SettledAs | undefined
  cause(dependency: number): Cause | null | undefined
  stale(dependency: number): boolean | undefined
  flag(flag: number): Truth
  /** A call always knows, but not who looks at many calls at once. */
  isOpen(calendar: number): boolean | undefined
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
  /** Of a settled lookup; null where it stands for itself. */
  substitute(dependency: number): Substitute | null
  isOpen(calendar: number): boolean
}

/** Facts and lookups taken as not known although they are, to see what rests on them. */
export interface Hidden {
  /** By dependency: all of it. */
  readonly whole: readonly boolean[]
  /** One dependency's facts by name, and its flags. */
  readonly part: { readonly dependency: number; readonly facts: ReadonlySet<string> } | null
}

/** The view. `hidden` is null but for the question what a fallback decided. */
export function viewOf(source: ViewSource, hidden: Hidden | null): View {
  return new SourceView(source, hidden)
}

class SourceView implements View {
  readonly #source: ViewSource
  readonly #hidden: Hidden | null

  constructor(source: ViewSource, hidden: Hidden | null) {
    this.#source = source
    this.#hidden = hidden
  }

  fact(slot: number): FactValue | undefined {
    const { slots, arrival } = this.#source
    const read = slots[slot]
    if (read === undefined) return undefined
    const { dependency, name } = read
    if (dependency < 0) return own(arrival, name)
    const lookup = this.#lookup(dependency)
    if (lookup === null) return undefined
    const part = this.#hidden?.part ?? null
    if (part !== null && part.dependency === dependency && part.facts.has(name)) return undefined
    return own(lookup.facts, name) ?? own(this.#source.substitute(dependency)?.facts, name)
  }

  outcome(dependency: number): SettledAs | undefined {
    return this.#lookup(dependency)?.outcome
  }

  cause(dependency: number): Cause | null | undefined {
    const lookup = this.#lookup(dependency)
    return lookup === null ? undefined : lookup.cause
  }

  stale(dependency: number): boolean | undefined {
    return this.#lookup(dependency)?.stale
  }

  flag(flag: number): Truth {
    const { flags, lookups } = this.#source
    const read = flags[flag]
    if (read === undefined) return FALSE
    let result: Truth = FALSE
    for (let index = 0; index < lookups.length; index++) {
      if (read.raisedBy[index] !== true) continue
      const open = this.#hidden?.part?.dependency === index
      if (open || this.#lookup(index) === null) result = UNKNOWN
      else if (this.#source.substitute(index)?.flags.includes(read.name) === true) return TRUE
    }
    return result
  }

  isOpen(calendar: number): boolean {
    return this.#source.isOpen(calendar)
  }

  #lookup(dependency: number): UsedLookup | null {
    if (this.#hidden?.whole[dependency] === true) return null
    return this.#source.lookups[dependency] ?? null
  }
}

/** A fact by its own name only, never one inherited by the object. */
export function own(facts: Facts | undefined, name: string): FactValue {
  return facts !== undefined && Object.hasOwn(facts, name) ? (facts[name] ?? null) : null
}
