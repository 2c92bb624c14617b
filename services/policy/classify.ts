/** Audit classes applied: what of an arrival and of facts may be read by rules and kept by records. */
import type { CallArrived, FactValue, UsedLookup } from '../../schemas/records.ts'
import type { AuditClass, Facts } from '../domain/facts.ts'
import type { Privacy } from '../domain/privacy.ts'
import type { FactType } from './policy.ts'
import type { DependencyPolicy } from './policy.ts'
import { ARRIVAL_FIELDS } from './words.ts'
import type { ArrivalField } from './words.ts'
import type { PolicyDocument } from './document.ts'

/** An input of the arrival that the policy declares; names are without the prefix `call.`. */
export interface Input {
  readonly name: string
  readonly type: FactType
  readonly audit: AuditClass
  /** The value; null or '' when the switch gave none. */
  readonly valueOf: (arrival: CallArrived) => FactValue
}

/** The inputs a policy's `arrival` section declares, in a fixed order. */
export function declaredInputs(declared: PolicyDocument['arrival']): Input[] {
  const fields = Object.keys(ARRIVAL_FIELDS) as ArrivalField[]
  const { virtualAgent } = declared
  const inputs: (Omit<Input, 'audit'> & { audit: AuditClass | undefined })[] = [
    ...fields.map((name) => ({
      name,
      type: ARRIVAL_FIELDS[name],
      audit: declared[name],
      valueOf: (arrival: CallArrived) => arrival[name],
    })),
    {
      name: 'virtualAgent.intent',
      type: 'string',
      audit: virtualAgent.intent,
      valueOf: (arrival) => arrival.virtualAgent?.intent ?? null,
    },
    {
      name: 'virtualAgent.confidence',
      type: 'double',
      audit: virtualAgent.confidence,
      valueOf: (arrival) => arrival.virtualAgent?.confidence ?? null,
    },
    {
      name: 'virtualAgent.summary',
      type: 'string',
      audit: virtualAgent.summary,
      valueOf: (arrival) => arrival.virtualAgent?.summary ?? null,
    },
    ...Object.entries(declared.attributes).map(([name, audit]) => ({
      name: `attributes.${name}`,
      type: 'string' as const,
      audit,
      valueOf: (arrival: CallArrived) =>
        Object.hasOwn(arrival.attributes, name) ? (arrival.attributes[name] ?? null) : null,
    })),
  ]
  return inputs.flatMap(({ audit, ...input }) => (audit === undefined ? [] : [{ ...input, audit }]))
}

/** The arrival's inputs by audit class; what was not given is left out. */
export function classifyArrival(
  inputs: readonly Input[],
  arrival: CallArrived,
  privacy: Privacy,
): Facts {
  const given: Record<string, FactValue> = {}
  for (const { name, audit, valueOf } of inputs) {
    if (audit === 'drop') continue
    const value = valueOf(arrival)
    if (value === null || value === '') continue
    given[name] = audit === 'keep' ? value : tokenOf(value, privacy)
  }
  return given
}

/** A dependency's facts by audit class; undeclared ones are gone. */
export function redactFacts(
  dependency: DependencyPolicy | undefined,
  facts: Facts,
  privacy: Privacy,
): Facts {
  const kept: Record<string, FactValue> = {}
  for (const name of Object.keys(facts)) {
    const audit = specOf(dependency, name)?.audit ?? 'drop'
    if (audit === 'drop') continue
    const value = facts[name] ?? null
    kept[name] = audit === 'keep' ? value : tokenOf(value, privacy)
  }
  return kept
}

/** By dependency, what its facts are called on the agent's screen; those not shown there are absent. */
export type ScreenNames = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Made once for a policy: a name put together for each call is looked up among all texts there are. */
export function screenNames(dependencies: readonly DependencyPolicy[]): ScreenNames {
  return new Map(
    dependencies.map(({ name, facts }) => {
      const shown = Object.keys(facts).filter((fact) => facts[fact]?.screen === true)
      return [name, new Map(shown.map((fact) => [fact, `${name}.${fact}`]))]
    }),
  )
}

/** The facts of used lookups that an agent may see, as `dependency.fact`; absent ones are left out. */
export function screenFacts(names: ScreenNames, lookups: readonly UsedLookup[]): Facts {
  const shown: Record<string, FactValue> = {}
  for (const { dependency, facts } of lookups) {
    const its = names.get(dependency)
    if (its === undefined) continue
    for (const fact of Object.keys(facts)) {
      const name = its.get(fact)
      const value = facts[fact] ?? null
      if (name !== undefined && value !== null) shown[name] = value
    }
  }
  return shown
}

function specOf(dependency: DependencyPolicy | undefined, name: string) {
  return dependency !== undefined && Object.hasOwn(dependency.facts, name)
    ? dependency.facts[name]
    : undefined
}

function tokenOf(value: FactValue, privacy: Privacy): FactValue {
  if (value === null) return null
  if (typeof value === 'object') return value.map((item) => privacy.token(item))
  return privacy.token(String(value))
}
