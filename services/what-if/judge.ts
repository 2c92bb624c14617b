/**
 * Takes recorded decisions one by one and tells what comes of each: with nothing changed whether it
 * gives itself again, byte for byte in the canonical projection (I7); with a change, what differs.
 */
import type { DecisionAudited } from '../../schemas/records.ts'
import { differenceOnReplay, digestOf } from '../audit/replay.ts'
import { REDUCED_FLAG } from '../domain/flags.ts'
import { requestKey } from '../domain/request.ts'
import type { Policy } from '../policy/policy.ts'
import { differenceOf } from './core/difference.ts'
import type { LateAnswer } from './core/recording.ts'
import { redecide, type RedecideContext } from './core/redecide.ts'
import { exampleOf } from './core/story.ts'
import { addDifference, addExample, addProblem, emptyTally, wantsExample } from './core/tally.ts'
import type { ProblemCode, Tally } from './core/tally.ts'
import { type Change, isNoChange } from './core/terms.ts'
import { addWait } from './core/waits.ts'

export type Late = ReadonlyMap<string, LateAnswer>

export interface JudgeOptions {
  /** The recorded policy of that version; null when its text is not there. */
  policyOf(version: string): Policy | null
  readonly change: Change
  readonly lateWaitMs: number
  /** What the new rules read that records of a policy did not keep. */
  blindOf(recorded: Policy): RedecideContext['blind']
  readonly hash: (text: string) => string
}

export interface Judge {
  readonly tally: Tally
  take(decision: DecisionAudited, late: Late): void
  /** A record nobody can read. */
  unreadable(where: string): void
}

/** Repeats of a record follow it within the horizon: two generations of so many are remembered. */
const SEEN_MAX = 50_000

export function createJudge(options: JudgeOptions): Judge {
  const tally = emptyTally()
  const unchanged = isNoChange(options.change)
  const isRepeated = createSeen()
  const problem = (code: ProblemCode, where: string, what: string): void =>
    addProblem(tally, { code, where, what })

  return {
    tally,
    unreadable(where) {
      tally.records += 1
      problem('UNREADABLE', where, 'the record can not be read')
    },
    take(decision, late) {
      tally.records += 1
      const where = `call ${decision.callId} request ${decision.requestNo}`
      const usable = usableOf(decision, options)
      if ('code' in usable) return problem(usable.code, where, usable.what)
      if (!decision.effective) {
        tally.losers += 1
        return
      }
      if (isRepeated(requestKey(decision))) {
        tally.repeats += 1
        return
      }
      tally.lateAnswers += late.size
      tally.decisions += 1
      const { policy } = usable
      if (unchanged) {
        const what = differenceOnReplay(decision, policy)
        if (what === null) tally.identical += 1
        else problem('DIFFERS', where, what)
      } else compare(tally, options, { decision, late }, policy)
    },
  }
}

type Usable = { readonly policy: Policy } | { readonly code: ProblemCode; readonly what: string }

/** Whole, and of a policy whose text is known. */
export function usableOf(decision: DecisionAudited, options: JudgeOptions): Usable {
  if (decision.digest !== digestOf(decision, options.hash)) {
    return { code: 'ALTERED', what: 'the record was altered: its digest is of another text' }
  }
  const policy = options.policyOf(decision.policyVersion)
  if (policy === null) {
    return {
      code: 'NO_POLICY',
      what: `no text of policy ${decision.policyVersion} is recorded that can be loaded`,
    }
  }
  if (decision.flags.includes(REDUCED_FLAG)) {
    return { code: 'REDUCED', what: 'it was too large to keep all that went in' }
  }
  return { policy }
}

function compare(
  tally: Tally,
  options: JudgeOptions,
  recording: { readonly decision: DecisionAudited; readonly late: Late },
  recorded: Policy,
): void {
  const { decision } = recording
  const { change, lateWaitMs } = options
  const blind = options.blindOf(recorded)
  const again = redecide(recording, { recorded, change, lateWaitMs, blind })
  if (again === null) {
    const where = `call ${decision.callId} request ${decision.requestNo}`
    return addProblem(tally, { code: 'DIFFERS', where, what: 'the policy gives it no route' })
  }
  const difference = differenceOf(decision, again.verdict)
  const move = `${decision.target.id}\t${again.verdict.target.id}`
  addDifference(tally, difference, move, again.told)
  addWait(tally.waitsBefore, decision.decidedAt - decision.arrivedAt)
  addWait(tally.waitsAfter, again.waitedMs)
  if (difference.route && wantsExample(tally, move, decision.arrivedAt)) {
    addExample(tally, move, exampleOf(decision, again))
  }
}

/** Remembers keys by two generations, so that memory stays bounded. */
export function createSeen(): (key: string) => boolean {
  let young = new Set<string>()
  let old = new Set<string>()
  return (key) => {
    if (young.has(key) || old.has(key)) return true
    young.add(key)
    if (young.size >= SEEN_MAX) [old, young] = [young, new Set()]
    return false
  }
}
