/** Conditions: one test each, names that are declared, comparisons that can hold. */
import type { Path } from '../../platform/yaml-text.ts'
import type { Catalog } from '../catalog.ts'
import type { PredicateDocument, Scalar } from '../document.ts'
import { INPUT_VALUES } from '../words.ts'
import { checkReference, fits } from './facts.ts'
import { choices } from './mistakes.ts'
import type { Mistakes } from './mistakes.ts'

const HEADS = [
  'all',
  'any',
  'not',
  'fact',
  'known',
  'stale',
  'flag',
  'outcome',
  'cause',
  'open',
] as const
const ORDERINGS = ['above', 'atLeast', 'below', 'atMost'] as const
const COMPARISONS = ['is', 'isNot', 'in', ...ORDERINGS, 'contains'] as const

export function checkCondition(
  condition: PredicateDocument,
  path: Path,
  catalog: Catalog,
  mistakes: Mistakes,
): void {
  if (!checkForm(condition, path, mistakes)) return
  const inner = (key: 'all' | 'any') =>
    condition[key]?.forEach((each, index) =>
      checkCondition(each, [...path, key, index], catalog, mistakes),
    )
  inner('all')
  inner('any')
  if (condition.not !== undefined)
    checkCondition(condition.not, [...path, 'not'], catalog, mistakes)
  if (condition.fact !== undefined) checkComparison(condition, path, catalog, mistakes)
  if (condition.known !== undefined) {
    checkReference(condition.known, 'presence', [...path, 'known'], catalog, mistakes)
  }
  checkNames(condition, path, catalog, mistakes)
}

/** Exactly one test, and a comparison exactly where there is a fact. */
function checkForm(condition: PredicateDocument, path: Path, mistakes: Mistakes): boolean {
  const heads = HEADS.filter((head) => condition[head] !== undefined)
  const comparisons = COMPARISONS.filter((comparison) => condition[comparison] !== undefined)
  const [head] = heads
  if (head === undefined) {
    mistakes.at(path, 'XP_POLICY_SHAPE', 'tests nothing', `Name one of ${HEADS.join(', ')}.`)
    return false
  }
  if (heads.length > 1) {
    const message = `tests several things at once: ${heads.join(', ')}`
    mistakes.at(path, 'XP_POLICY_SHAPE', message, 'Put each into a list under `all` or `any`.')
    return false
  }
  if (head === 'fact' && comparisons.length !== 1) {
    const message =
      comparisons.length === 0
        ? 'compares with nothing'
        : `compares by ${comparisons.join(' and ')}`
    const remedy = `Name exactly one of ${COMPARISONS.join(', ')}.`
    mistakes.at(path, 'XP_POLICY_SHAPE', message, remedy)
    return false
  }
  if (head !== 'fact' && comparisons[0] !== undefined) {
    const message = `'${comparisons[0]}' compares nothing here`
    mistakes.atKey(
      [...path, comparisons[0]],
      'XP_POLICY_SHAPE',
      message,
      'Name the `fact` it compares.',
    )
    return false
  }
  return true
}

function checkComparison(
  condition: PredicateDocument,
  path: Path,
  catalog: Catalog,
  mistakes: Mistakes,
): void {
  const reference = condition.fact ?? ''
  const fact = checkReference(reference, 'value', [...path, 'fact'], catalog, mistakes)
  if (fact === null) return
  const { type } = fact
  const ordering = ORDERINGS.find((each) => condition[each] !== undefined)
  if (ordering !== undefined && type !== 'long' && type !== 'double') {
    const message = `'${ordering}' compares numbers, and '${reference}' is of type ${type}`
    mistakes.atKey([...path, ordering], 'XP_POLICY_TYPE', message)
  }
  if ((condition.contains !== undefined) !== (type === 'strings')) {
    const message = `'contains' is for facts of type strings, and only it; '${reference}' is ${type}`
    mistakes.at(path, 'XP_POLICY_TYPE', message)
    return
  }
  const compare = (value: Scalar | undefined, at: Path): void => {
    if (value === undefined) return
    if (!fits(type, value)) {
      const message = `'${reference}' is of type ${type} and never equals ${JSON.stringify(value)}`
      mistakes.at(at, 'XP_POLICY_TYPE', message)
      return
    }
    const values = INPUT_VALUES.get(reference)
    if (values === undefined || values.includes(String(value))) return
    const message = `'${reference}' never is ${JSON.stringify(value)}`
    mistakes.at(at, 'XP_POLICY_TYPE', message, `Use one of ${values.join(', ')}.`)
  }
  compare(condition.is, [...path, 'is'])
  compare(condition.isNot, [...path, 'isNot'])
  condition.in?.forEach((value, index) => compare(value, [...path, 'in', index]))
}

function checkNames(
  condition: PredicateDocument,
  path: Path,
  catalog: Catalog,
  mistakes: Mistakes,
): void {
  const { stale, flag, open } = condition
  const dependencies = catalog.dependencyIndex
  if (stale !== undefined && !dependencies.has(stale)) {
    const remedy = choices('dependencies', dependencies.keys())
    mistakes.at(
      [...path, 'stale'],
      'XP_POLICY_NAME',
      `no dependency '${stale}' is declared`,
      remedy,
    )
  }
  if (flag !== undefined && !catalog.flags.has(flag)) {
    const remedy = choices('flags that fallbacks raise', catalog.flags.keys())
    mistakes.at(
      [...path, 'flag'],
      'XP_POLICY_NAME',
      `no fallback raises the flag '${flag}'`,
      remedy,
    )
  }
  if (open !== undefined && !catalog.calendarIndex.has(open)) {
    const remedy = choices('calendars', catalog.calendarIndex.keys())
    mistakes.at([...path, 'open'], 'XP_POLICY_NAME', `no calendar '${open}' is declared`, remedy)
  }
  for (const key of ['outcome', 'cause'] as const) {
    const tested = condition[key]
    if (tested === undefined) continue
    const names = Object.keys(tested)
    if (names.length === 0) mistakes.at([...path, key], 'XP_POLICY_SHAPE', 'names no dependency')
    for (const name of names) {
      if (dependencies.has(name)) continue
      const remedy = choices('dependencies', dependencies.keys())
      const message = `no dependency '${name}' is declared`
      mistakes.atKey([...path, key, name], 'XP_POLICY_NAME', message, remedy)
    }
  }
}
