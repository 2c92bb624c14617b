/** References to facts: that they are declared, readable, and compared with what they can be. */
import type { Path } from '../../platform/yaml-text.ts'
import { ARRIVAL_PREFIX, splitReference } from '../catalog.ts'
import type { Catalog, NamedFact } from '../catalog.ts'
import type { FactType } from '../policy.ts'
import { choices } from './mistakes.ts'
import type { Mistakes } from './mistakes.ts'

/** `value`: the rule or route uses the value itself; `presence`: only whether there is one. */
export type Reading = 'value' | 'presence'

/** Checks one reference and gives what it names, or null when that is not declared. */
export function checkReference(
  reference: string,
  reading: Reading,
  path: Path,
  catalog: Catalog,
  mistakes: Mistakes,
): NamedFact | null {
  const fact = catalog.fact(reference)
  if (fact === null) {
    mistakes.at(
      path,
      'XP_POLICY_NAME',
      `no fact '${reference}' is declared`,
      known(reference, catalog),
    )
    return null
  }
  const readable = fact.audit === 'keep' || (fact.audit === 'token' && reading === 'presence')
  if (!readable) {
    const message = `'${reference}' is read, and has audit class ${fact.audit}: no record could show why`
    mistakes.at(path, 'XP_POLICY_AUDIT', message)
  }
  return fact
}

function known(reference: string, catalog: Catalog): string {
  const { dependency } = splitReference(reference)
  if (dependency === ARRIVAL_PREFIX) {
    const inputs = catalog.inputs.map(({ name }) => `${ARRIVAL_PREFIX}.${name}`)
    return choices('inputs in the arrival section', inputs)
  }
  const found = catalog.dependencies.find(({ name }) => name === dependency)
  if (found === undefined) {
    return choices('dependencies', [ARRIVAL_PREFIX, ...catalog.dependencyIndex.keys()])
  }
  return choices(`facts of ${dependency}`, Object.keys(found.facts))
}

/** True when a fact of that type may have that value. */
export function fits(type: FactType, value: unknown): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'long':
      return Number.isSafeInteger(value)
    case 'double':
      return typeof value === 'number' && Number.isFinite(value)
    case 'string':
      return typeof value === 'string'
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
    default:
      return false
  }
}
