/**
 * Covers a space without listing it: what is asked is asked with all axes open, and only an axis that
 * the answer waits for is split into its values. Situations that leave the same things to be found out
 * are followed once. So a space of a million million combinations is covered whole by some thousands of
 * situations; where even those are too many, combinations are drawn at random instead, by a seed.
 */
import { isPossible, needMet } from './needs.ts'
import type { Assignment, Space } from './space.ts'
import { weigh } from './weigh.ts'

/** Either what was asked for, or the axis it waits for; null: no axis can bring it about. */
export type Step<T> = { readonly leaf: T } | { readonly axis: number | null }

export interface Asked<T> {
  readonly ask: (at: Assignment) => Step<T>
  /** The same text for situations that leave the same to be found out. */
  readonly residue: (at: Assignment) => string
  /** Leaves of one name are counted together. */
  readonly nameOf: (leaf: T) => string
}

export interface Group<T> {
  readonly leaf: T
  /** How many combinations come to this leaf. */
  readonly weight: number
  /** One of them, as far as it matters. */
  readonly example: Assignment
}

export interface Covered<T> {
  /** By name, the largest first. */
  readonly groups: ReadonlyMap<string, Group<T>>
  /** Combinations in all: exact up to 2^53, close beyond. */
  readonly weight: number
  /** Situations looked at, or combinations drawn. */
  readonly looks: number
  /** False: the groups are estimated from a sample. */
  readonly exhaustive: boolean
}

export interface CoverOptions {
  /** Beyond so many situations a sample is drawn. */
  readonly looksMax: number
  readonly samples: number
  readonly seed: number
}

export const COVER: CoverOptions = { looksMax: 60_000, samples: 20_000, seed: 1 }

/** Nothing set. */
export function blank(space: Space): Assignment {
  return new Int16Array(space.axes.length).fill(-1)
}

/**
 * Finds out how often each answer is given. Throws when an answer waits for something that is no axis:
 * then the policy would leave a call undecided.
 */
export function cover<T>(space: Space, asked: Asked<T>, options: CoverOptions = COVER): Covered<T> {
  const weight = weigh(space, blank(space))
  const whole = coverWhole(space, asked, options.looksMax)
  const groups = whole?.shares ?? sampled(space, asked, options)
  const told = [...groups].map(([name, { leaf, share, example }]) => {
    const exact = weight <= Number.MAX_SAFE_INTEGER
    const count = exact ? Math.round(share * weight) : share * weight
    return [name, { leaf, example, weight: count }] as const
  })
  return {
    groups: new Map(told.toSorted(([, left], [, right]) => right.weight - left.weight)),
    weight,
    looks: whole?.looks ?? options.samples,
    exhaustive: whole !== null,
  }
}

interface Share<T> {
  readonly leaf: T
  readonly example: Assignment
  share: number
}

type Shares<T> = ReadonlyMap<string, Readonly<Share<T>>>

/** The shares of all leaves; null when there are more situations than `looksMax`. */
function coverWhole<T>(
  space: Space,
  { ask, residue, nameOf }: Asked<T>,
  looksMax: number,
): { readonly shares: Shares<T>; readonly looks: number } | null {
  const known = new Map<string, Shares<T>>()
  const look = (at: Assignment): Shares<T> | null => {
    const step = ask(at)
    if ('leaf' in step) {
      return new Map([[nameOf(step.leaf), { leaf: step.leaf, share: 1, example: at.slice() }]])
    }
    const key = residue(at)
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= looksMax) return null
    const axis = axisIn(step)
    const all = weigh(space, at)
    const sum = new Map<string, Share<T>>()
    for (const value of valuesAt(space, axis, at)) {
      at[axis] = value
      const part = weigh(space, at) / all
      const shares = part === 0 ? new Map<string, Share<T>>() : look(at)
      at[axis] = -1
      if (shares === null) return null
      for (const [name, { leaf, share, example }] of shares) {
        const group = sum.get(name)
        if (group === undefined) sum.set(name, { leaf, example, share: share * part })
        else group.share += share * part
      }
    }
    known.set(key, sum)
    return sum
  }
  const shares = look(blank(space))
  return shares === null ? null : { shares, looks: known.size }
}

function sampled<T>(
  space: Space,
  { ask, nameOf }: Asked<T>,
  { samples, seed }: CoverOptions,
): Shares<T> {
  const random = randomBy(seed)
  const shares = new Map<string, Share<T>>()
  for (let drawn = 0; drawn < samples; drawn++) {
    const at = blank(space)
    let step = ask(at)
    while (!('leaf' in step)) {
      draw(space, axisIn(step), at, random)
      step = ask(at)
    }
    const { leaf } = step
    const name = nameOf(leaf)
    const group = shares.get(name)
    if (group === undefined) shares.set(name, { leaf, example: at, share: 1 / samples })
    else group.share += 1 / samples
  }
  return shares
}

/** Sets an axis to a value drawn by the number of combinations it stands for. */
function draw(space: Space, axis: number, at: Assignment, random: () => number): void {
  const values = valuesAt(space, axis, at)
  const weights = values.map((value) => {
    at[axis] = value
    return weigh(space, at)
  })
  let rest = random() * weights.reduce((sum, each) => sum + each, 0)
  const drawn = values.find((_, index) => (rest -= weights[index] ?? 0) <= 0)
  at[axis] = drawn ?? values.at(-1) ?? 0
}

function axisIn(step: { readonly axis: number | null }): number {
  if (step.axis === null) throw new Error('a call would stay undecided: the policy is not total')
  return step.axis
}

/** The values an axis can take as things stand. */
function valuesAt(space: Space, index: number, at: Assignment): number[] {
  const axis = space.axes[index]
  if (axis?.kind !== 'ending') return [...(axis?.values.keys() ?? [])]
  const dependency = space.dependencies.find(({ ending }) => ending === index)
  const met = dependency === undefined || needMet(space, dependency, at)
  return axis.values.flatMap((ended, value) =>
    typeof met === 'number' || isPossible(ended, met) ? [value] : [],
  )
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomBy(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
