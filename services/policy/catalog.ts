/** What a policy declares, by name: what its rules and routes may speak of. */
import type { Target } from '../../schemas/records.ts'
import type { AuditClass } from '../domain/facts.ts'
import { declaredInputs } from './classify.ts'
import type { Input } from './classify.ts'
import type { PolicyDocument } from './document.ts'
import type { DependencyPolicy, FactType } from './policy.ts'

/** A fact or input that a reference names. `dependency` is an index; -1 means the arrival. */
export interface NamedFact {
  readonly dependency: number
  readonly name: string
  readonly type: FactType
  readonly audit: AuditClass
}

export interface Catalog {
  readonly inputs: readonly Input[]
  readonly dependencies: readonly DependencyPolicy[]
  readonly dependencyIndex: ReadonlyMap<string, number>
  readonly targets: ReadonlyMap<string, Target>
  readonly calendarIndex: ReadonlyMap<string, number>
  /** Flags that fallbacks raise, and by dependency whether it may raise them. */
  readonly flags: ReadonlyMap<string, readonly boolean[]>
  /** What a reference like `crm.tier` or `call.dnis` names; null when nothing is declared so. */
  fact(reference: string): NamedFact | null
}

/** The prefix by which rules name inputs of the arrival; no dependency may be called so. */
export const ARRIVAL_PREFIX = 'call'

/** Collects the declarations of a document of the right shape. */
export function catalogOf(document: PolicyDocument): Catalog {
  const inputs = declaredInputs(document.arrival)
  const inputByName = new Map(inputs.map((input) => [input.name, input]))
  const declared = Object.entries(document.dependencies)
  const dependencies = declared.map(
    ([name, { timeoutMs, staleAfterMs, needs, facts }]): DependencyPolicy => ({
      name,
      timeoutMs,
      staleAfterMs,
      needs: needs === null ? null : splitReference(needs),
      facts,
    }),
  )
  const dependencyIndex = new Map(declared.map(([name], index) => [name, index]))
  const flagNames = new Set(
    declared.flatMap(([, { fallbacks }]) => fallbacks.flatMap(({ flags }) => flags)),
  )
  const raises = (flag: string) =>
    declared.map(([, { fallbacks }]) => fallbacks.some(({ flags }) => flags.includes(flag)))

  return {
    inputs,
    dependencies,
    dependencyIndex,
    targets: new Map(
      Object.entries(document.targets).map(([name, { type, id }]) => [
        name,
        { type, id: id ?? name },
      ]),
    ),
    calendarIndex: new Map(Object.keys(document.calendars).map((name, index) => [name, index])),
    flags: new Map([...flagNames].map((flag) => [flag, raises(flag)])),
    fact(reference) {
      const { dependency, fact } = splitReference(reference)
      if (dependency === ARRIVAL_PREFIX) {
        const input = inputByName.get(fact)
        return input === undefined ? null : { ...input, dependency: -1 }
      }
      const index = dependencyIndex.get(dependency)
      const facts = index === undefined ? undefined : dependencies[index]?.facts
      const spec = facts !== undefined && Object.hasOwn(facts, fact) ? facts[fact] : undefined
      if (index === undefined || spec === undefined) return null
      return { dependency: index, name: fact, type: spec.type, audit: spec.audit }
    },
  }
}

/** `crm.tier` is the fact `tier` of `crm`; `call.attributes.region` is the input `attributes.region`. */
export function splitReference(reference: string): { dependency: string; fact: string } {
  const dot = reference.indexOf('.')
  return { dependency: reference.slice(0, dot), fact: reference.slice(dot + 1) }
}
