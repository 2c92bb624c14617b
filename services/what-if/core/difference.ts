/** What is different between two verdicts on one call. */
import type { Fallback } from '../../../schemas/records.ts'
import { canonical } from '../../domain/canonical.ts'
import type { Verdict } from '../../policy/policy.ts'

export interface Difference {
  /** Target, priority, skills, language, preferred agent, overflow target or treatment. */
  readonly route: boolean
  readonly rule: boolean
  readonly flagsGained: readonly string[]
  readonly flagsLost: readonly string[]
  /** Reasons, as `dependency REASON`. */
  readonly reasonsGained: readonly string[]
  readonly reasonsLost: readonly string[]
}

const NONE: Difference = {
  route: false,
  rule: false,
  flagsGained: [],
  flagsLost: [],
  reasonsGained: [],
  reasonsLost: [],
}

export function differenceOf(before: Verdict, after: Verdict): Difference {
  if (before === after) return NONE
  const reasonsBefore = before.fallbacks.map(reasonOf)
  const reasonsAfter = after.fallbacks.map(reasonOf)
  return {
    route: !sameRoute(before, after),
    rule: before.ruleId !== after.ruleId,
    flagsGained: without(after.flags, before.flags),
    flagsLost: without(before.flags, after.flags),
    reasonsGained: without(reasonsAfter, reasonsBefore),
    reasonsLost: without(reasonsBefore, reasonsAfter),
  }
}

/** True when a caller would be handled alike: by whatever rule, with whatever flags. */
export function sameRoute(one: Verdict, other: Verdict): boolean {
  if (one.target.id !== other.target.id || one.target.type !== other.target.type) return false
  return one.priority === other.priority && handling(one) === handling(other)
}

function handling({
  skills,
  language,
  preferredAgent,
  overflowTarget,
  treatment,
}: Verdict): string {
  return canonical({ skills, language, preferredAgent, overflowTarget, treatment })
}

const reasonOf = ({ dependency, reason }: Fallback): string => `${dependency} ${reason}`

const without = (all: readonly string[], others: readonly string[]): string[] =>
  all.filter((one) => !others.includes(one))
