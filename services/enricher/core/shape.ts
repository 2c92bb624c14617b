/**
 * Holds an answer against the facts the policy declares: their types, their number, their size. A fact
 * of the wrong type is never passed on: the source has changed, and a rule would read nonsense.
 */
import type { FactValue } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import type { FactSpec, FactType } from '../../policy/policy.ts'
import { failure, type LiveFailure, type LiveFound, type RawAnswer } from './live.ts'

/** Limits that keep one answer from making a record no broker accepts. */
const TEXT_LENGTH_MAX = 4096
const LIST_LENGTH_MAX = 100
const ANSWER_LENGTH_MAX = 32_768

/**
 * Types an answer by the policy's facts. Undeclared facts are left out, absent ones are named in
 * `missing`; a wrong type or size fails the answer and names the fact, never its value.
 */
export function shapeAnswer(
  answer: RawAnswer,
  specs: { readonly [name: string]: FactSpec },
): LiveFound | LiveFailure {
  const facts: Record<string, FactValue> = {}
  const missing: string[] = []
  let length = 0
  for (const [name, { type }] of Object.entries(specs)) {
    const value = Object.hasOwn(answer.facts, name) ? answer.facts[name] : undefined
    if (value === undefined) {
      missing.push(name)
      continue
    }
    const typed = typedValue(value, type)
    if (typed === undefined) return badRecord(`gave a wrong type for ${name}, expected ${type}`)
    length += lengthOf(typed)
    if (length > ANSWER_LENGTH_MAX || tooLong(typed)) return badRecord(`gave too much for ${name}`)
    facts[name] = typed
  }
  return { kind: 'FOUND', facts, missing, syncedAt: stampOf(answer.syncedAt) }
}

/**
 * Facts that were given under another policy, as this one declares them: what it does not declare is
 * left out, what it lacks or types otherwise is missing.
 */
export function fitFacts(
  given: Facts,
  specs: { readonly [name: string]: FactSpec },
): { readonly facts: Facts; readonly missing: string[] } {
  const facts: Record<string, FactValue> = {}
  const missing: string[] = []
  for (const [name, { type }] of Object.entries(specs)) {
    const typed = Object.hasOwn(given, name) ? typedValue(given[name], type) : undefined
    if (typed === undefined) missing.push(name)
    else facts[name] = typed
  }
  return { facts, missing }
}

/** A value as a fact of a type; undefined when it is not one. Null is a value of every type. */
function typedValue(value: unknown, type: FactType): FactValue | undefined {
  if (value === null) return null
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'long':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? value
        : undefined
    default:
      return undefined
  }
}

/** A stamp no calendar holds is none. */
function stampOf(syncedAt: number | null): number | null {
  if (syncedAt === null) return null
  const whole = Math.round(syncedAt)
  return Math.abs(whole) <= 8.64e15 ? whole : null
}

function badRecord(detail: string): LiveFailure {
  return failure('BAD_RESPONSE', detail, { blame: 'record' })
}

function lengthOf(value: FactValue): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 8
  return value.reduce((sum, item) => sum + item.length, 0)
}

function tooLong(value: FactValue): boolean {
  if (typeof value === 'string') return value.length > TEXT_LENGTH_MAX
  if (value === null || typeof value !== 'object') return false
  return value.length > LIST_LENGTH_MAX || value.some((item) => item.length > TEXT_LENGTH_MAX)
}
