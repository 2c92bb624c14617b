/** What an operator typed, held against the policy: facts of its types, an expiry that can be. */
import type { FactValue, OverrideSet } from '../../schemas/records.ts'
import { CrosspointError, CrosspointErrors } from '../errors.ts'
import { durationMs } from '../platform/duration.ts'
import type { DependencyPolicy, FactType, Policy } from '../policy/policy.ts'

const EXPIRY_MS_MAX = 30 * 86_400_000

/** `30m`, `2h`, `1d` in milliseconds. Throws XP_OVERRIDE_INVALID. */
export function expiryMs(text: string): number {
  const ms = durationMs(text) ?? 0
  if (ms > 0 && ms <= EXPIRY_MS_MAX) return ms
  throw invalid(`--expires-in is '${text}'; allowed: 1s to 30d, as 90s, 30m, 2h or 1d`)
}

/** The dependency of the policy. Throws XP_DEPENDENCY_UNKNOWN. */
export function dependencyOf(policy: Policy, name: string): DependencyPolicy {
  const found = policy.dependencies.find((dependency) => dependency.name === name)
  if (found !== undefined) return found
  const names = policy.dependencies.map((dependency) => dependency.name).join(', ')
  const message = `the policy has no dependency '${name}'; it has ${names || 'none'}`
  throw new CrosspointError('XP_DEPENDENCY_UNKNOWN', message)
}

/**
 * `name=value` pairs as facts of their declared types; lists are separated by commas. Throws
 * XP_OVERRIDE_INVALID with every mistake.
 */
export function factsOf(
  pairs: readonly string[],
  dependency: DependencyPolicy,
): Record<string, FactValue> {
  const facts: Record<string, FactValue> = {}
  const mistakes: CrosspointError[] = []
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = at < 0 ? pair : pair.slice(0, at)
    const spec = Object.hasOwn(dependency.facts, name) ? dependency.facts[name] : undefined
    const value = spec === undefined || at < 0 ? undefined : valueOf(pair.slice(at + 1), spec.type)
    if (at < 0) mistakes.push(invalid(`--fact '${pair}' is not name=value`))
    else if (spec === undefined) {
      const known = Object.keys(dependency.facts).join(', ')
      mistakes.push(invalid(`${dependency.name} has no fact '${name}'; it has ${known}`))
    } else if (value === undefined) {
      mistakes.push(invalid(`${dependency.name}.${name} must be a ${spec.type}`))
    } else if (Object.hasOwn(facts, name)) {
      mistakes.push(invalid(`${dependency.name}.${name} is given twice`))
    } else facts[name] = value
  }
  if (pairs.length === 0) mistakes.push(invalid('an override needs at least one --fact name=value'))
  const [first, ...rest] = mistakes
  if (first !== undefined) throw new CrosspointErrors([first, ...rest])
  return facts
}

function valueOf(text: string, type: FactType): FactValue | undefined {
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'long':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
    case 'double':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined
    case 'string':
      return text.length <= 1000 ? text : undefined
    case 'strings':
      return text.length <= 1000 ? text.split(',').map((item) => item.trim()) : undefined
    default:
      return undefined
  }
}

/** Overrides that stand, from the topic's records in order; expired ones are left out. */
export function standing(records: readonly OverrideSet[], now: number): readonly OverrideSet[] {
  const byDependency = new Map<string, OverrideSet>()
  for (const record of records) {
    if (record.action === 'SET') byDependency.set(record.dependency, record)
    else byDependency.delete(record.dependency)
  }
  return [...byDependency.values()]
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .toSorted((a, b) => (a.dependency < b.dependency ? -1 : 1))
}

/** One override for people. */
export function described(override: OverrideSet): string {
  const facts = Object.entries(override.facts).map(([name, value]) => `${name}=${String(value)}`)
  const until = override.expiresAt === null ? '' : ` until ${timeOf(override.expiresAt)}`
  return `${override.dependency}: ${facts.join(', ')}${until}, by ${override.author}: ${override.reason}`
}

const timeOf = (ms: number): string => new Date(ms).toISOString()

function invalid(message: string): CrosspointError {
  return new CrosspointError('XP_OVERRIDE_INVALID', message)
}
