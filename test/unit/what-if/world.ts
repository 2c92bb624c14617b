/** Recordings for tests: made by the router's own core from a seed, or bent by hand. */
import type { DecisionAudited, UsedLookup } from '../../../schemas/records.ts'
import { digestOf } from '../../../services/audit/replay.ts'
import { hash } from '../../../services/platform/hash.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import type { Blind } from '../../../services/what-if/blind.ts'
import { lateAnswerOf, type Recording } from '../../../services/what-if/core/recording.ts'
import { redecide, type Redecided } from '../../../services/what-if/core/redecide.ts'
import { type Change, NO_CHANGE } from '../../../services/what-if/core/terms.ts'
import { createJudge } from '../../../services/what-if/judge.ts'
import { type MadeUp, recordings } from '../../bench/recordings.ts'

export const policy: Policy = loadPolicyFile('policy/policy.yaml')

const NOT_BLIND: Blind = { dependencies: new Set(), arrival: false }

const change = (some: Partial<Change>): Change => ({ ...NO_CHANGE, ...some })

/** The same seed gives the same calls, also under the terms of another policy. */
export function made(seed: number, count: number, under: Policy = policy): MadeUp[] {
  return [...recordings(under, { seed, count })]
}

export function recordingOf({ decision, late }: MadeUp): Recording {
  return { decision, late: new Map(late.map((one) => [one.dependency, lateAnswerOf(one)])) }
}

/** Decides again, and fails when it can't. */
export function again(recording: Recording, some: Partial<Change>, blind = NOT_BLIND): Redecided {
  const context = { recorded: policy, change: change(some), lateWaitMs: 5000, blind }
  const redecided = redecide(recording, context)
  if (redecided === null) throw new Error('no verdict')
  return redecided
}

export const judgeOf = (some: Partial<Change> = {}) =>
  createJudge({
    policyOf: (version) => (version === policy.version ? policy : null),
    change: change(some),
    lateWaitMs: 5000,
    blindOf: () => NOT_BLIND,
    hash,
  })

export function sealed(decision: DecisionAudited): DecisionAudited {
  return { ...decision, digest: digestOf(decision, hash) }
}

/** The dependencies that have a fallback, sorted. */
export const fallen = ({ verdict }: Redecided): string[] =>
  verdict.fallbacks.map(({ dependency }) => dependency).toSorted()

export const lookupOf = ({ decision }: Recording, dependency: string): UsedLookup => {
  const found = decision.lookups.find((one) => one.dependency === dependency)
  if (found === undefined) throw new Error(`no lookup of ${dependency}`)
  return found
}
