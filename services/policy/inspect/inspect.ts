/**
 * A policy held against every combination it can tell apart: that each gives a route, which rules never
 * decide and what takes their calls, which fallbacks and targets nothing leads to.
 */
import { CrosspointError } from '../../errors.ts'
import { needsFallback } from '../evaluate/fallback.ts'
import { compileChoice } from '../evaluate/fallback.ts'
import type { OpenedPolicy } from '../load.ts'
import { cover, COVER } from '../space/cover.ts'
import type { CoverOptions, Covered } from '../space/cover.ts'
import { endings } from '../space/endings.ts'
import { lensOf } from '../space/lens.ts'
import type { DecidingRule, Lens } from '../space/lens.ts'
import { missingSetsOf, spaceOf } from '../space/space.ts'
import type { Assignment, Space } from '../space/space.ts'
import { countText, phrases, shareText } from '../space/words.ts'

export interface RuleShare {
  readonly id: string
  readonly target: string
  readonly weight: number
  readonly example: readonly string[]
}

export interface Inspection {
  readonly weight: number
  readonly looks: number
  readonly exhaustive: boolean
  readonly seed: number
  /** In the order of the policy; a rule that never decides has weight 0. */
  readonly rules: readonly RuleShare[]
  /** Rules that can never decide, with their places. */
  readonly mistakes: readonly CrosspointError[]
  /** What is no mistake, but leads nowhere. */
  readonly notes: readonly string[]
}

/** Inspects a policy. Throws when a combination would stay undecided: no policy that loads does. */
export function inspect(opened: OpenedPolicy, options: CoverOptions = COVER): Inspection {
  const space = spaceOf([opened])
  const lens = lensOf(space, opened, 0)
  const covered = cover(space, decidingIn(lens), options)
  const { document } = opened
  const shares = [...document.rules, { id: 'default', route: document.default }].map(
    ({ id, route }): RuleShare => {
      const group = covered.groups.get(id)
      const example = group === undefined ? [] : phrases(space, group.example)
      return { id, target: route.target, weight: group?.weight ?? 0, example }
    },
  )
  const dead = document.rules.flatMap(({ id }, index) =>
    covered.groups.has(id) ? [] : [deadRule(opened, space, lens, index, options)],
  )
  const unseen = covered.exhaustive ? [] : dead.map(({ message }) => `in the sample, ${message}`)
  return {
    weight: covered.weight,
    looks: covered.looks,
    exhaustive: covered.exhaustive,
    seed: options.seed,
    rules: shares,
    mistakes: covered.exhaustive ? dead : [],
    notes: [...unseen, ...unusedFallbacks(opened, space), ...unusedTargets(opened, shares)],
  }
}

function decidingIn(lens: Lens) {
  return {
    ask: (at: Assignment) => lens.decide(at, lens.view(at)),
    residue: (at: Assignment) => lens.residue(at, lens.view(at)),
    nameOf: ({ id }: DecidingRule) => id,
  }
}

/** Why a rule never decides: it never holds, or rules above take every call; the most with an example. */
function deadRule(
  { document, places }: OpenedPolicy,
  space: Space,
  lens: Lens,
  index: number,
  options: CoverOptions,
): CrosspointError {
  const rule = document.rules[index]
  if (rule === undefined) throw new Error(`there is no rule ${index}`)
  const takers: Covered<string | null> = cover(
    space,
    {
      ask(at) {
        const view = lens.view(at)
        const held = lens.judge(rule.when, at, view)
        if (!('leaf' in held)) return held
        if (!held.leaf) return { leaf: null }
        const step = lens.decide(at, view)
        return 'leaf' in step ? { leaf: step.leaf.id } : step
      },
      residue: (at) => lens.residue(at, lens.view(at), { last: index, condition: rule.when }),
      nameOf: (id) => id ?? '',
    },
    options,
  )
  const taken = [...takers.groups.values()].filter(({ leaf }) => leaf !== null)
  const holds = taken.reduce((sum, { weight }) => sum + weight, 0)
  if (holds === 0) {
    const place = places.value(['rules', index, 'when'])
    return new CrosspointError('XP_POLICY_RULE', `rule '${rule.id}' never holds`, { place })
  }
  const [most] = taken
  const by = taken.map(({ leaf, weight }) => `'${leaf ?? ''}' takes ${shareText(weight, holds)}`)
  const example = most === undefined ? '' : phrases(space, most.example).join(', ')
  const message =
    `rule '${rule.id}' never decides: of the ${countText(holds)} combinations in which it holds ` +
    `${by.join(', ')}; for example ${example}: '${most?.leaf ?? ''}'`
  return new CrosspointError('XP_POLICY_RULE', message, { place: places.value(['rules', index]) })
}

/** Fallbacks for endings that the language can name, but no enricher or router ever gives. */
function unusedFallbacks({ document }: OpenedPolicy, space: Space): string[] {
  return Object.entries(document.dependencies).flatMap(([name, { fallbacks, needs, facts }]) => {
    const choose = compileChoice(fallbacks)
    const read = space.dependencies.find((each) => each.name === name)?.facts ?? new Map()
    const sets = missingSetsOf([{ fallbacks, facts }], read)
    const possible = [...endings(needs !== null, sets)]
    const used = new Set(possible.filter(needsFallback).map(choose))
    return fallbacks.flatMap(({ reason }, index) =>
      used.has(index) ? [] : [`fallback ${reason} of ${name} answers what no lookup ends in`],
    )
  })
}

function unusedTargets({ document }: OpenedPolicy, shares: readonly RuleShare[]): string[] {
  const routes = [...document.rules, { id: 'default', route: document.default }].filter(
    ({ id }) => (shares.find((share) => share.id === id)?.weight ?? 0) > 0,
  )
  const used = new Set(routes.flatMap(({ route }) => [route.target, route.overflowTarget]))
  return Object.keys(document.targets).flatMap((target) =>
    used.has(target) ? [] : [`no call goes to target '${target}'`],
  )
}
