/** Hunts for a world, or runs a test file, that notices a mutation; each in a process of its own. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Violation } from '../judge.ts'
import { simulate } from '../simulate.ts'
import type { Mutation } from './mutation.ts'

/** Rounds of worlds, tried one after the other: small worlds are quick. */
export interface Hunt {
  /** Makes the world that broke as small as it gets, and tells it as a story. */
  readonly shrink: boolean
  readonly rounds: readonly { readonly calls: number; readonly worlds: number }[]
}

/** What a hunting process tells. */
export type Told =
  /** It lives: a world is done. */
  | { readonly kind: 'tried' }
  | {
      readonly kind: 'broken'
      readonly seed: number
      readonly calls: number
      /** How many were tried so far. */
      readonly worlds: number
      readonly violations: readonly Violation[]
    }
  /** The last broken world, made small. */
  | { readonly kind: 'shrunk'; readonly story: string }
  | { readonly kind: 'gave up'; readonly worlds: number }
  /** The failing tests of a test file. */
  | { readonly kind: 'tested'; readonly failed: readonly string[] }
  /** Nothing can be said of this mutation. */
  | { readonly kind: 'useless'; readonly why: string }

interface Caught {
  readonly kind: 'caught'
  readonly by: readonly string[]
  /** A world, or a test file. */
  readonly where: string
  /** The same, and how long it took to find. */
  readonly at: string
  readonly example: string
  readonly story?: string
}

export type Outcome = Caught | { readonly kind: 'not caught'; readonly why: string }

/** A mutant that says nothing for so long is not a world any more. */
const SILENCE_MS_MAX = 120_000

export async function hunt(mutation: Mutation, rounds: Hunt): Promise<Outcome> {
  if (mutation.seenBy === undefined) return run('hunter.ts', mutation, rounds)
  const outcome = await run('tester.ts', mutation, rounds)
  if (outcome.kind !== 'caught' || (await passesWhole(mutation, rounds))) return outcome
  return { kind: 'not caught', why: `${mutation.seenBy.test} fails without it, too` }
}

/** By test file, whether it passes without any mutation. */
const passing = new Map<string, Promise<boolean>>()

function passesWhole(mutation: Mutation, rounds: Hunt): Promise<boolean> {
  const file = mutation.seenBy?.test ?? ''
  const known =
    passing.get(file) ??
    run('tester.ts', mutation, rounds, 'whole').then(({ kind }) => kind === 'not caught')
  passing.set(file, known)
  return known
}

function run(
  program: 'hunter.ts' | 'tester.ts',
  mutation: Mutation,
  rounds: Hunt,
  ...options: readonly string[]
): Promise<Outcome> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [mutation.id, ...options], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const outcome = listen(child, mutation, rounds)
  child.send(rounds)
  return outcome.finally(() => child.kill('SIGKILL'))
}

function listen(child: ChildProcess, mutation: Mutation, { shrink }: Hunt): Promise<Outcome> {
  return new Promise((resolve) => {
    let errors = ''
    let caught: Caught | null = null
    const giveUp = (why: string): void => resolve({ kind: 'not caught', why })
    const silence = setTimeout(() => giveUp('it never ends'), SILENCE_MS_MAX)
    const weigh = async (told: Told & { kind: 'broken' }): Promise<void> => {
      if (!(await keptWithout(told))) child.send('go on')
      else {
        caught = caughtBy(told)
        if (shrink) child.send('shrink')
        else resolve(caught)
      }
    }
    child.stderr?.on('data', (text: Buffer) => {
      errors = `${errors}${text.toString()}`.slice(-2000)
    })
    child.once('exit', () => {
      clearTimeout(silence)
      giveUp(`its process died: ${errors.trim()}`)
    })
    child.on('message', (message) => {
      silence.refresh()
      const told = message as Told
      if (told.kind === 'useless') giveUp(told.why)
      if (told.kind === 'gave up') giveUp(`${told.worlds} worlds kept every promise`)
      if (told.kind === 'tested') resolve(testedBy(mutation, told.failed))
      if (told.kind === 'shrunk' && caught !== null) resolve({ ...caught, story: told.story })
      if (told.kind === 'broken') weigh(told).catch((error: unknown) => giveUp(String(error)))
    })
  })
}

/** The same world without the mutation must keep every promise, or its breach says nothing. */
async function keptWithout({ seed, calls }: { readonly seed: number; readonly calls: number }) {
  const { judgement } = await simulate(seed, calls)
  return judgement.violations.length === 0
}

function caughtBy({ seed, calls, worlds, violations }: Told & { kind: 'broken' }): Caught {
  const by = [...new Set(violations.map(({ promise }) => promise))].toSorted()
  const where = `seed ${seed} of ${calls} calls`
  const at = `${where}, world ${worlds}`
  return { kind: 'caught', by, where, at, example: violations[0]?.what ?? '' }
}

function testedBy({ seenBy }: Mutation, failed: readonly string[]): Outcome {
  const [first] = failed
  if (first === undefined) return { kind: 'not caught', why: `${seenBy?.test} passes` }
  const where = seenBy?.test ?? ''
  return { kind: 'caught', by: ['test'], where, at: where, example: first }
}
