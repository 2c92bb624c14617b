/** What came of many recorded decisions. Two tallies of disjoint decisions add up to one. */
import type { Difference } from './difference.ts'
import { mergeWaits, noWaits, type Waits } from './waits.ts'

/** Why a record can't be used. ALTERED and DIFFERS say that the recording is not what it was. */
export type ProblemCode = 'UNREADABLE' | 'ALTERED' | 'DIFFERS' | 'NO_POLICY' | 'REDUCED'

export interface Problem {
  readonly code: ProblemCode
  /** The call and its request, or where an unreadable record stands. */
  readonly where: string
  readonly what: string
}

/** A call whose route changes, as it is told. */
export interface Example {
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly requestNo: number
  readonly arrivedAt: number
  readonly lines: readonly string[]
}

/** How many calls, and of how many the data can't tell. */
export interface Counted {
  told: number
  untold: number
}

export interface Tally {
  /** Records of audit.decision looked at. */
  records: number
  /** Records of decisions that lost, and repeats of a record. */
  losers: number
  repeats: number
  /** Effective decisions that were decided again. */
  decisions: number
  /** With nothing changed: those that came out byte for byte. */
  identical: number
  /** Late answers that belong to some decision. */
  lateAnswers: number
  readonly problems: Map<ProblemCode, { count: number; first: Problem[] }>
  readonly same: Counted
  readonly differs: Counted
  /** Another rule gives the same route. */
  otherRule: number
  /** By `from\tto`, targets of decisions whose route differs. */
  readonly moves: Map<string, Counted>
  readonly flagsGained: Map<string, number>
  readonly flagsLost: Map<string, number>
  readonly reasonsGained: Map<string, number>
  readonly reasonsLost: Map<string, number>
  readonly waitsBefore: Waits
  readonly waitsAfter: Waits
  /** By `from\tto`. */
  readonly examples: Map<string, Example[]>
}

export function emptyTally(): Tally {
  return {
    records: 0,
    losers: 0,
    repeats: 0,
    decisions: 0,
    identical: 0,
    lateAnswers: 0,
    problems: new Map(),
    same: { told: 0, untold: 0 },
    differs: { told: 0, untold: 0 },
    otherRule: 0,
    moves: new Map(),
    flagsGained: new Map(),
    flagsLost: new Map(),
    reasonsGained: new Map(),
    reasonsLost: new Map(),
    waitsBefore: noWaits(),
    waitsAfter: noWaits(),
    examples: new Map(),
  }
}

const PROBLEMS_KEPT = 20

export function addProblem(tally: Tally, problem: Problem): void {
  const entry = tally.problems.get(problem.code) ?? { count: 0, first: [] }
  entry.count += 1
  if (entry.first.length < PROBLEMS_KEPT) entry.first.push(problem)
  tally.problems.set(problem.code, entry)
}

/** Counts one decision's difference; `move` is `from\tto` by target. */
export function addDifference(
  tally: Tally,
  difference: Difference,
  move: string,
  told: boolean,
): void {
  const which = told ? 'told' : 'untold'
  const counted = difference.route ? tally.differs : tally.same
  counted[which] += 1
  if (difference.rule && !difference.route) tally.otherRule += 1
  if (difference.route) {
    const moved = tally.moves.get(move) ?? { told: 0, untold: 0 }
    moved[which] += 1
    tally.moves.set(move, moved)
  }
  for (const flag of difference.flagsGained) count(tally.flagsGained, flag)
  for (const flag of difference.flagsLost) count(tally.flagsLost, flag)
  for (const reason of difference.reasonsGained) count(tally.reasonsGained, reason)
  for (const reason of difference.reasonsLost) count(tally.reasonsLost, reason)
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

const EXAMPLES_PER_MOVE = 2

/** True when an example of this call would be kept. */
export function wantsExample(tally: Tally, move: string, arrivedAt: number): boolean {
  const kept = tally.examples.get(move) ?? []
  const last = kept.at(-1)
  return kept.length < EXAMPLES_PER_MOVE || (last !== undefined && arrivedAt < last.arrivedAt)
}

export function addExample(tally: Tally, move: string, example: Example): void {
  const kept = [...(tally.examples.get(move) ?? []), example]
  kept.sort((a, b) => a.arrivedAt - b.arrivedAt || (a.callId < b.callId ? -1 : 1))
  tally.examples.set(move, kept.slice(0, EXAMPLES_PER_MOVE))
}

/** Adds what another worker counted. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const name of COUNTS) into[name] += from[name]
  for (const name of ['same', 'differs'] as const) {
    into[name].told += from[name].told
    into[name].untold += from[name].untold
  }
  for (const [code, { count: more, first }] of from.problems) {
    const entry = into.problems.get(code) ?? { count: 0, first: [] }
    entry.count += more
    entry.first.push(...first.slice(0, PROBLEMS_KEPT - entry.first.length))
    into.problems.set(code, entry)
  }
  for (const [move, { told, untold }] of from.moves) {
    const moved = into.moves.get(move) ?? { told: 0, untold: 0 }
    into.moves.set(move, { told: moved.told + told, untold: moved.untold + untold })
  }
  for (const name of ['flagsGained', 'flagsLost', 'reasonsGained', 'reasonsLost'] as const) {
    for (const [key, more] of from[name]) count(into[name], key, more)
  }
  mergeWaits(into.waitsBefore, from.waitsBefore)
  mergeWaits(into.waitsAfter, from.waitsAfter)
  for (const [move, examples] of from.examples) {
    for (const example of examples) addExample(into, move, example)
  }
}

const COUNTS = [
  'records',
  'losers',
  'repeats',
  'decisions',
  'identical',
  'lateAnswers',
  'otherRule',
] as const
