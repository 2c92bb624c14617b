/** What a worker does for `advise`: counts every recorded call into the curves. */
import { requestKey } from '../domain/request.ts'
import { hash } from '../platform/hash.ts'
import { NO_CHANGE } from '../what-if/core/terms.ts'
import type { Task } from '../what-if/crew.ts'
import { createSeen, usableOf } from '../what-if/judge.ts'
import { openRecorded } from '../what-if/task.ts'
import { addCall, type Curve, newCurve, type Trial } from './curve.ts'

export interface AdviseSpec {
  /** By version. */
  readonly policyTexts: ReadonlyMap<string, string>
  readonly trials: readonly Trial[]
  readonly lateWaitMs: number
}

export interface Counted {
  decisions: number
  /** Records that were altered, can't be read, or whose policy is not recorded. */
  unusable: number
  readonly curves: readonly Curve[]
}

/** Makes the task; its result is a `Counted`. */
export function open(spec: unknown): Task {
  const { policyTexts, trials, lateWaitMs } = spec as AdviseSpec
  const recorded = openRecorded(policyTexts)
  const options = {
    policyOf: (version: string) => recorded.policyOf(version),
    change: NO_CHANGE,
    lateWaitMs,
    blindOf: () => ({ dependencies: new Set<string>(), arrival: false }),
    hash,
  }
  const counted: Counted = { decisions: 0, unusable: 0, curves: trials.map(newCurve) }
  const isRepeated = createSeen()
  return {
    needsLate: true,
    take(decision, late) {
      const usable = usableOf(decision, options)
      if ('code' in usable) {
        counted.unusable += 1
        return
      }
      if (!decision.effective || isRepeated(requestKey(decision))) return
      counted.decisions += 1
      for (const curve of counted.curves) {
        addCall(curve, { decision, late }, usable.policy, lateWaitMs)
      }
    },
    unreadable() {
      counted.unusable += 1
    },
    result: () => counted,
  }
}
