/**
 * Rules that can never decide, found by enumeration where the space is small: conditions that contradict
 * each other, and rules that an earlier one always forestalls. Facts are taken as independent of each
 * other, so a rule called dead is dead; one that is dead only for deeper reasons is not found here.
 */
import type { Cause, FactValue, SettledAs } from '../../../schemas/records.ts'
import type { Catalog } from '../catalog.ts'
import { compileModel } from '../compile.ts'
import type { PolicyDocument } from '../document.ts'
import type { Model } from '../evaluate/decide.ts'
import { FALSE, TRUE, truth } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import type { View } from '../evaluate/view.ts'
import { CAUSES, OUTCOMES } from '../words.ts'
import { valueText } from '../explain/judge.ts'
import type { Mistakes } from './mistakes.ts'
import { dependenceOf, valuesOf } from './variables.ts'
import type { Dependence, Variable } from './variables.ts'

/** Assignments tried per rule; beyond it a rule is not judged. */
const SPACE_MAX = 20_000

/** Checks the rules of a document whose names are all declared. */
export function checkRules(document: PolicyDocument, catalog: Catalog, mistakes: Mistakes): void {
  const model = compileModel(document, catalog)
  const alone = document.rules.map(({ when }) => dependenceOf([when]))
  let certain: string | null = null
  document.rules.forEach(({ id, when }, index) => {
    const path = ['rules', index]
    if (certain !== null) {
      const message = `rule '${id}' never decides: '${certain}' above it always holds`
      mistakes.at(path, 'XP_POLICY_RULE', message)
      return
    }
    const own = alone[index]?.variables ?? new Map<string, Variable>()
    const earlier = alone.flatMap(({ variables }, other) =>
      other < index && [...variables.keys()].every((key) => own.has(key)) ? [other] : [],
    )
    const conditions = earlier.flatMap((other) => document.rules[other]?.when ?? [])
    const found =
      enumerate(model, catalog, dependenceOf([...conditions, when]), index, earlier) ??
      enumerate(model, catalog, dependenceOf([when]), index, [])
    if (found === null) return
    if (found.held === 0) {
      const message = `rule '${id}' never holds: its conditions contradict each other`
      mistakes.at([...path, 'when'], 'XP_POLICY_RULE', message)
    } else if (found.decided === 0) {
      const ids = [...found.forestalled].map((other) => `'${document.rules[other]?.id ?? ''}'`)
      const example = found.example === '' ? '' : `, for example with ${found.example}`
      const message = `rule '${id}' never decides: whenever it holds, ${ids.join(' or ')} above it does${example}`
      mistakes.at(path, 'XP_POLICY_RULE', message)
    }
    if (found.held === found.size) certain = id
  })
}

interface Found {
  readonly size: number
  /** Assignments under which the rule holds, and those of them under which no earlier rule does. */
  readonly held: number
  readonly decided: number
  readonly forestalled: ReadonlySet<number>
  /** An assignment under which it holds and an earlier one does, for people. */
  readonly example: string
}

function enumerate(
  model: Model,
  catalog: Catalog,
  dependence: Dependence,
  index: number,
  earlier: readonly number[],
): Found | null {
  const axes = axesOf(model, catalog, dependence)
  const size = axes.reduce((product, { values }) => product * values, 1)
  if (size > SPACE_MAX) return null
  const draft = blank(model, catalog)
  const forestalled = new Set<number>()
  let held = 0
  let decided = 0
  let example = ''
  for (let number = 0; number < size; number++) {
    let rest = number
    for (const axis of axes) {
      axis.set(draft, rest % axis.values)
      rest = Math.floor(rest / axis.values)
    }
    if (model.rules[index]?.when(draft) !== TRUE) continue
    held++
    const first = earlier.find((other) => model.rules[other]?.when(draft) === TRUE)
    if (first === undefined) decided++
    else {
      if (example === '') example = exampleText(axes, number)
      forestalled.add(first)
    }
  }
  return { size, held, decided, forestalled, example }
}

function exampleText(axes: readonly Axis[], number: number): string {
  let rest = number
  const texts = axes.map((axis) => {
    const text = axis.text(rest % axis.values)
    rest = Math.floor(rest / axis.values)
    return text
  })
  return texts.join(', ')
}

/** A view whose entries are set anew for every assignment. */
interface Draft extends View {
  readonly facts: (FactValue | undefined)[]
  readonly outcomes: (SettledAs | undefined)[]
  readonly causes: (Cause | null | undefined)[]
  readonly stales: (boolean | undefined)[]
  readonly flags: Truth[]
  readonly open: boolean[]
}

function blank(model: Model, catalog: Catalog): Draft {
  const draft: Draft = {
    facts: model.slots.map(() => null),
    outcomes: model.dependencies.map(() => 'FOUND'),
    causes: model.dependencies.map(() => null),
    stales: model.dependencies.map(() => false),
    flags: model.flags.map(() => FALSE),
    open: [...catalog.calendarIndex].map(() => false),
    fact: (slot) => draft.facts[slot],
    outcome: (dependency) => draft.outcomes[dependency],
    cause: (dependency) => draft.causes[dependency],
    stale: (dependency) => draft.stales[dependency],
    flag: (flag) => draft.flags[flag] ?? FALSE,
    isOpen: (calendar) => draft.open[calendar] ?? false,
  }
  return draft
}

interface Axis {
  readonly values: number
  set(draft: Draft, value: number): void
  /** The value for people. */
  text(value: number): string
}

function axesOf(model: Model, catalog: Catalog, dependence: Dependence): Axis[] {
  return [...dependence.variables.values()].map((variable) =>
    variable.kind === 'fact'
      ? factAxis(model, catalog, dependence, variable.reference)
      : axisOf(model, catalog, variable.kind, variable.name),
  )
}

function factAxis(model: Model, catalog: Catalog, dependence: Dependence, reference: string): Axis {
  const fact = catalog.fact(reference)
  const slot = model.slots.findIndex(
    ({ dependency, name }) => dependency === fact?.dependency && name === fact.name,
  )
  const values = valuesOf(reference, dependence.constants.get(reference) ?? new Set(), catalog)
  return {
    values: values.length,
    set(draft, value) {
      draft.facts[slot] = values[value] ?? null
    },
    text: (value) => `${reference} ${valueText(values[value] ?? null)}`,
  }
}

type OtherKind = Exclude<Variable['kind'], 'fact'>

/** How many values each kind of thing has, and how one of them is set by its index. */
const AXES: Readonly<
  Record<OtherKind, { values: number; set: (draft: Draft, index: number, value: number) => void }>
> = {
  outcome: {
    values: OUTCOMES.length,
    set: (draft, index, value) => void (draft.outcomes[index] = OUTCOMES[value]),
  },
  cause: {
    values: CAUSES.length + 1,
    set: (draft, index, value) => void (draft.causes[index] = CAUSES[value] ?? null),
  },
  stale: { values: 2, set: (draft, index, value) => void (draft.stales[index] = value === 1) },
  flag: { values: 2, set: (draft, index, value) => void (draft.flags[index] = truth(value === 1)) },
  open: { values: 2, set: (draft, index, value) => void (draft.open[index] = value === 1) },
}

function axisOf(model: Model, catalog: Catalog, kind: OtherKind, name: string): Axis {
  const { values, set } = AXES[kind]
  const index =
    kind === 'flag'
      ? model.flags.findIndex((flag) => flag.name === name)
      : (kind === 'open' ? catalog.calendarIndex : catalog.dependencyIndex).get(name)
  return {
    values,
    set: (draft, value) => set(draft, index ?? 0, value),
    text: (value) => `${kind} of ${name} ${textOf(kind, value)}`,
  }
}

function textOf(kind: OtherKind, value: number): string {
  if (kind === 'outcome') return OUTCOMES[value] ?? ''
  if (kind === 'cause') return CAUSES[value] ?? 'none'
  return value === 1 ? 'yes' : 'no'
}
