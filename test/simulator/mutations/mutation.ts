/**
 * Rules of the design broken on purpose, one at a time, to see that the simulator notices. A mutation
 * is a text of a source file and what stands there instead; it is made while the file is loaded, no
 * file is edited.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plan } from '../plan.ts'
import type { Rule } from './rules.ts'

export interface Change {
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly put: string
}

export interface Mutation extends Change {
  readonly id: string
  readonly rule: Rule
  /** What the broken system does, in a sentence. */
  readonly broken: string
  /** Further places that must change with the first. */
  readonly also?: readonly Change[]
  /** Worlds in which it can matter; all when absent. */
  readonly where?: (plan: Plan) => boolean
  /** Seen by a test file instead, because the simulator can't: and why it can't. */
  readonly seenBy?: { readonly test: string; readonly because: string }
}

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export function changesOf({ file, find, put, also = [] }: Mutation): readonly Change[] {
  return [{ file, find, put }, ...also]
}

/** The source with the change made; throws unless the text stands there exactly once. */
function changed(source: string, { file, find, put }: Change): string {
  const count = source.split(find).length - 1
  if (count !== 1) throw new Error(`${file}: the text to be mutated stands there ${count} times`)
  return source.replace(find, () => put)
}

/** A file's source with all changes of a mutation that concern it. */
export function mutated(source: string, file: string, mutation: Mutation): string {
  return changesOf(mutation)
    .filter((change) => change.file === file)
    .reduce(changed, source)
}

export const readSource = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')
