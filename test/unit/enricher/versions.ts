/** Policies that are published while an enricher runs. */
import type { DependencyPolicy, Policy } from '../../../services/policy/policy.ts'
import { policyOf } from './world.ts'

interface Version {
  readonly policy: Policy
  readonly activeFrom: number
}

/** Versions as a service follows them, published by hand. */
export function versionsFrom(first: readonly DependencyPolicy[], firstWindowMs?: number) {
  const all: Version[] = [{ policy: policyOf(first, firstWindowMs), activeFrom: -Infinity }]
  const listeners: ((version: Version) => void)[] = []
  return {
    policyAt: (appendedAt: number): Policy => {
      const version = all.findLast(({ activeFrom }) => activeFrom <= appendedAt)
      if (version === undefined) throw new Error('there is always one')
      return version.policy
    },
    versions: {
      all: () => all,
      subscribe: (accepted: (version: Version) => void) => void listeners.push(accepted),
    },
    publish: (dependencies: readonly DependencyPolicy[], activeFrom: number, windowMs?: number) => {
      const version = { policy: policyOf(dependencies, windowMs), activeFrom }
      all.push(version)
      for (const listener of listeners) listener(version)
    },
  }
}
