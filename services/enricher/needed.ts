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
  /** For how long after it settled a fact may be needed: as long as a call is open. */
  keptMs(): number
}

export interface NeededOptions {
  readonly dependency: string
  readonly policyAt: (appendedAt: number) => Policy
  readonly versions?: PublishedVersions
  readonly settings: { readonly maxClockSkewMs: number }
}

/** `first` is called when facts come to be needed where none were; with when calls begin to need them. */
export function neededFacts(
  { dependency, policyAt, versions, settings }: NeededOptions,
  first: (since: number) => void,
): Needed {
  const policies = (): readonly Policy[] =>
    versions?.all().map(({ policy }) => policy) ?? [policyAt(Infinity)]
  const find = () => {
    const found = new Map<string, Need>()
    const governing = policies()
    const windowsMs = governing.map(({ windowMs }) => windowMs)
    for (const policy of governing) {
      const need = policy.dependencies.find(({ name }) => name === dependency)?.needs ?? null
      if (need !== null) found.set(`${need.dependency}.${need.fact}`, need)
    }
    return {
      facts: [...found.values()],
      keptMs: Math.max(...windowsMs) + settings.maxClockSkewMs,
    }
  }
  let current = find()
  versions?.subscribe(({ activeFrom }) => {
    const before = current.facts.length
    current = find()
    if (before === 0 && current.facts.length > 0) first(activeFrom)
  })
  return { facts: () => current.facts, keptMs: () => current.keptMs }
}
