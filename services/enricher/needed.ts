/**
 * The facts of other dependencies that lookups wait for, by all policies that may govern a call. They
 * stand in call.lookup, which is read only while some policy needs one.
 */
import type { Policy } from '../policy/policy.ts'
import type { Need } from './needs.ts'

/** Policies that are published while the enricher runs. */
export interface PublishedVersions {
  /** All that may still govern an arrival. */
  all(): readonly { readonly policy: Policy }[]
  /** Calls for each one that comes, before it governs any call. */
  subscribe(
    accepted: (version: { readonly policy: Policy; readonly activeFrom: number }) => void,
  ): void
}

export interface Needed {
  /** Each fact once; none: call.lookup need not be read. */
  facts(): readonly Need[]
}

export interface NeededOptions {
  readonly dependency: string
  readonly policyAt: (appendedAt: number) => Policy
  readonly versions?: PublishedVersions
}

/** `first` is called when facts come to be needed where none were; with when calls begin to need them. */
export function neededFacts(
  { dependency, policyAt, versions }: NeededOptions,
  first: (since: number) => void,
): Needed {
  const policies = (): readonly Policy[] =>
    versions?.all().map(({ policy }) => policy) ?? [policyAt(Infinity)]
  const find = (): readonly Need[] => {
    const found = new Map<string, Need>()
    for (const policy of policies()) {
      const need = policy.dependencies.find(({ name }) => name === dependency)?.needs ?? null
      if (need !== null) found.set(`${need.dependency}.${need.fact}`, need)
    }
    return [...found.values()]
  }
  let facts = find()
  versions?.subscribe(({ activeFrom }) => {
    const before = facts.length
    facts = find()
    if (before === 0 && facts.length > 0) first(activeFrom)
  })
  return { facts: () => facts }
}
