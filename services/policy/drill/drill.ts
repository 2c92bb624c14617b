/**
 * What callers get when systems of record fail, one at a time and in pairs: every caller profile that
 * the policy can tell apart, routed with all systems healthy and again with some failing.
 */
import { splitReference } from '../catalog.ts'
import { compileChoice, needsFallback } from '../evaluate/fallback.ts'
import type { OpenedPolicy } from '../load.ts'
import { cover, COVER } from '../space/cover.ts'
import type { CoverOptions, Step } from '../space/cover.ts'
import { classOf, signatureOf } from '../space/endings.ts'
import { lensOf } from '../space/lens.ts'
import type { DecidingRule, Lens } from '../space/lens.ts'
import type { Override } from '../space/ground.ts'
import { distinguishingIn, readByRoute, spaceOf } from '../space/space.ts'
import type { Assignment, Space } from '../space/space.ts'
import { modesOf, unmet } from './modes.ts'
import type { Mode } from './modes.ts'

/** Failure modes of one dependency that callers can't tell apart: same routes, waits and flags. */
export interface Kind {
  readonly dependency: string
  readonly names: readonly string[]
  readonly modes: readonly Mode[]
}

export interface Share {
  readonly name: string
  /** 0 to 1, of caller profiles. */
  readonly share: number
}

export interface Told {
  readonly dependency: string
  readonly reason: string
  readonly sentence: string
}

/** What callers get while something fails. */
export interface Outcome {
  /** Indexes into the drill's kinds: one, or two of different dependencies. */
  readonly kinds: readonly number[]
  /** Where profiles go, the largest share first. */
  readonly targets: readonly Share[]
  /** Profiles that go elsewhere than with all healthy, and from where to where. */
  readonly moved: number
  readonly moves: readonly Share[]
  /** By milliseconds waited for the failing systems. */
  readonly waits: readonly { readonly waitMs: number; readonly share: number }[]
  readonly waitMaxMs: number
  readonly flags: readonly Share[]
  /** Reasons a decision gives that has waited for all. */
  readonly reasons: readonly Told[]
}

export interface Drill {
  readonly profiles: number
  readonly exhaustive: boolean
  readonly kinds: readonly Kind[]
  readonly healthy: readonly Share[]
  readonly alone: readonly Outcome[]
  readonly pairs: readonly Outcome[]
}

/** Runs all drills of a policy. */
export function drill(opened: OpenedPolicy, options: CoverOptions = COVER): Drill {
  const space = spaceOf(
    [opened],
    (_, { outcome, origin, stale, missing }) =>
      outcome === 'FOUND' && origin === 'LIVE' && !stale && missing.length === 0,
  )
  const kinds = kindsOf(opened, space)
  const run = runner(opened, space, options)
  const all = kinds.map((_, index) => index)
  const alone = all.map((index) => run([index], kinds))
  const pairs = all.flatMap((one) =>
    all.flatMap((other) =>
      other > one && kinds[one]?.dependency !== kinds[other]?.dependency
        ? [run([one, other], kinds)]
        : [],
    ),
  )
  const healthy = run([], kinds)
  return {
    profiles: healthy.profiles,
    exhaustive: healthy.exhaustive,
    kinds,
    healthy: healthy.targets,
    alone,
    pairs,
  }
}

function kindsOf(opened: OpenedPolicy, space: Space): Kind[] {
  const needed = Object.values(opened.document.dependencies).flatMap(({ needs }) => needs ?? [])
  return space.dependencies.flatMap(({ name, facts }) => {
    const read = [...facts.keys()].filter((fact) => !needed.includes(`${name}.${fact}`))
    const kinds = new Map<string, Mode[]>()
    for (const mode of modesOf(opened, name, read)) {
      const distinguishing = distinguishingIn(opened, name, facts)
      const signature = signatureOf(mode.ending, [distinguishing], new Set(facts.keys()))
      const flags = fallbackOf(opened, mode)?.flags ?? []
      const key = [signature, mode.settlesMs, gives(mode), ...flags.toSorted()].join(' ')
      kinds.set(key, [...(kinds.get(key) ?? []), mode])
    }
    return [...kinds.values()].map((modes) => ({
      dependency: name,
      names: modes.map((mode) => mode.name),
      modes,
    }))
  })
}

/** Whether others get the fact they need of it. */
const gives = ({ ending }: Mode): boolean => ending.outcome === 'FOUND'

function fallbackOf({ document }: OpenedPolicy, { dependency, ending }: Mode) {
  const entries = document.dependencies[dependency]?.fallbacks ?? []
  return needsFallback(ending) ? entries[compileChoice(entries)(ending)] : undefined
}

interface Leaf {
  readonly healthy: string
  readonly target: string
  readonly waitMs: number
}

function runner(opened: OpenedPolicy, space: Space, options: CoverOptions) {
  const healthy = lensOf(space, opened, 0)
  const { document } = opened
  const routes = new Map(
    [...document.rules, { id: 'default', route: document.default }].map(({ id, route }) => [
      id,
      route,
    ]),
  )
  return (indexes: readonly number[], kinds: readonly Kind[]) => {
    const failing = withUnmet(
      opened,
      indexes.flatMap((index) => kinds[index]?.modes[0] ?? []),
    )
    const moments = [...new Set([0, ...failing.map(({ settlesMs }) => settlesMs)])].toSorted(
      (left, right) => left - right,
    )
    const looks = moments.map((moment) => lookAt(opened, space, failing, moment))
    const asked = {
      ask(at: Assignment): Step<Leaf> {
        const well = healthy.decide(at, healthy.view(at))
        if (!('leaf' in well)) return well
        const decided = firstCertain(looks, at, routes)
        if (!('leaf' in decided)) return decided
        const { rule, waitMs } = decided.leaf
        const target = (id: string) => routes.get(id)?.target ?? ''
        return { leaf: { healthy: target(well.leaf.id), target: target(rule.id), waitMs } }
      },
      residue: (at: Assignment) =>
        [healthy, ...looks.map(({ lens }) => lens)]
          .map((lens) => lens.residue(at, lens.view(at)))
          .join('|'),
      nameOf: ({ healthy: from, target, waitMs }: Leaf) => `${from} ${target} ${waitMs}`,
    }
    const { groups, weight, exhaustive } = cover(space, asked, options)
    const leaves = [...groups.values()].map((group) => ({
      ...group.leaf,
      share: group.weight / weight,
    }))
    const reasons = reasonsOf(
      opened,
      indexes.flatMap((index) => kinds[index]?.modes ?? []),
      failing,
    )
    const outcome = outcomeOf(indexes, opened, failing, leaves, reasons)
    return { ...outcome, profiles: weight, exhaustive }
  }
}

/** What fails, and with it what waits for a fact of it, in the order of the policy. */
function withUnmet({ document }: OpenedPolicy, modes: readonly Mode[]): Mode[] {
  const byName = new Map(modes.map((mode) => [mode.dependency, mode]))
  return Object.entries(document.dependencies).flatMap(([name, { needs }]) => {
    const needed = needs === null ? undefined : byName.get(splitReference(needs).dependency)
    if (needed !== undefined && !gives(needed)) return [unmet(name, needed)]
    return byName.get(name) ?? []
  })
}

interface Look {
  readonly moment: number
  readonly lens: Lens
  readonly pending: ReadonlySet<string>
}

/** The policy's view at a moment: what has not settled by then is pending. */
function lookAt(
  opened: OpenedPolicy,
  space: Space,
  failing: readonly Mode[],
  moment: number,
): Look {
  const pending = new Set(
    failing.flatMap(({ dependency, settlesMs }) => (settlesMs > moment ? [dependency] : [])),
  )
  const overrides = space.dependencies.map(({ name, facts }): Override => {
    const mode = failing.find(({ dependency }) => dependency === name)
    if (mode === undefined) return null
    if (pending.has(name)) return 'PENDING'
    return classOf(mode.ending, 'ALWAYS', [distinguishingIn(opened, name, facts)])
  })
  return { moment, lens: lensOf(space, opened, 0, overrides), pending }
}

type Routes = ReadonlyMap<string, Parameters<typeof readByRoute>[0]>

/** The first moment at which the route is certain (design §4.2), and the rule that decides then. */
function firstCertain(
  looks: readonly Look[],
  at: Assignment,
  routes: Routes,
): Step<{ readonly rule: DecidingRule; readonly waitMs: number }> {
  for (const { moment, lens, pending } of looks) {
    const step = lens.decide(at, lens.view(at))
    if ('leaf' in step) {
      const route = routes.get(step.leaf.id)
      const read = route === undefined ? [] : readByRoute(route)
      if (read.some((reference) => pending.has(splitReference(reference).dependency))) continue
      return { leaf: { rule: step.leaf, waitMs: moment } }
    }
    if (step.axis !== null) return step
  }
  return { axis: null }
}

function outcomeOf(
  kinds: readonly number[],
  opened: OpenedPolicy,
  failing: readonly Mode[],
  leaves: readonly (Leaf & { readonly share: number })[],
  reasons: readonly Told[],
): Outcome {
  const elsewhere = leaves.filter(({ healthy, target }) => healthy !== target)
  const told = failing.flatMap((mode) => {
    const fallback = fallbackOf(opened, mode)
    return fallback === undefined ? [] : [{ ...fallback, ...mode }]
  })
  const raised = leaves.flatMap(({ waitMs, share }) => {
    const flags = told.flatMap((each) => (each.settlesMs <= waitMs ? each.flags : []))
    return [...new Set(flags)].map((name) => ({ name, share }))
  })
  const waits = summed(leaves.map(({ waitMs, share }) => ({ name: String(waitMs), share })))
  return {
    kinds,
    targets: summed(leaves.map(({ target, share }) => ({ name: target, share }))),
    moved: elsewhere.reduce((sum, { share }) => sum + share, 0),
    moves: summed(
      elsewhere.map(({ healthy, target, share }) => ({ name: `${healthy} → ${target}`, share })),
    ),
    waits: waits.map(({ name, share }) => ({ waitMs: Number(name), share })),
    waitMaxMs: Math.max(0, ...leaves.map(({ waitMs }) => waitMs)),
    flags: summed(raised),
    reasons,
  }
}

/** Of all modes that fail callers alike, and of what is not asked because of them. */
function reasonsOf(opened: OpenedPolicy, modes: readonly Mode[], failing: readonly Mode[]): Told[] {
  const names = new Set(modes.map(({ dependency }) => dependency))
  const consequences = failing.filter(({ dependency }) => !names.has(dependency))
  const told = [...modes, ...consequences].flatMap((mode): Told[] => {
    const fallback = fallbackOf(opened, mode)
    if (fallback === undefined) return []
    const { reason, sentence } = fallback
    return [{ dependency: mode.dependency, reason, sentence }]
  })
  return [...new Map(told.map((each) => [each.reason, each])).values()]
}

/** Shares of one name added up, the largest first. */
function summed(shares: readonly Share[]): Share[] {
  const sums = new Map<string, number>()
  for (const { name, share } of shares) sums.set(name, (sums.get(name) ?? 0) + share)
  return [...sums]
    .map(([name, share]) => ({ name, share: Math.min(1, share) }))
    .toSorted((left, right) => right.share - left.share)
}
