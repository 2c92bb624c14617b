/** All mutations, in the order of the design's rules. */
import { Mistake } from '../../script.ts'
import { ASKING } from './asking.ts'
import { AUDITING } from './auditing.ts'
import { BEARING } from './bearing.ts'
import { DECIDING } from './deciding.ts'
import { FRESHNESS } from './freshness.ts'
import { GOVERNING } from './governing.ts'
import { LANES } from './lanes.ts'
import type { Mutation } from './mutation.ts'
import { RECOVERING } from './recovering.ts'

export const MUTATIONS: readonly Mutation[] = [
  ...DECIDING,
  ...RECOVERING,
  ...BEARING,
  ...LANES,
  ...AUDITING,
  ...ASKING,
  ...FRESHNESS,
  ...GOVERNING,
]

/** Throws a RangeError when there is none of that name. */
export function mutationNamed(id: string): Mutation {
  const found = MUTATIONS.find((one) => one.id === id)
  if (found === undefined) throw new Mistake(`there is no mutation ${id}`)
  return found
}
