/** Draws of a simulated world. Each part of a world has dice of its own, so that one more draw in one
 * part leaves all others as they were. */
import { seededRandom, type Random } from '../../services/platform/memory/weather.ts'

export interface Dice {
  readonly random: Random
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
}

/** Dice for a named part of a seed's world. */
export function dice(seed: number, part: string): Dice {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  for (const letter of part) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  const random = seededRandom(mixed ^ (mixed >>> 15))
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  return {
    random,
    whole,
    between: (from, to) => from + random() * (to - from),
    chance: (probability) => random() < probability,
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
  }
}
