/** A drill for people at a terminal. */
import { countText, shareText } from '../space/words.ts'
import type { Drill, Outcome, Share } from './drill.ts'
import { isState } from './modes.ts'

const TARGETS_SHOWN = 3
const PAIRS_SHOWN = 10

/** Lines of text; `every` pair, or the worst only. */
export function drillText(drill: Drill, policyName: string, every: boolean): string[] {
  const { profiles, exhaustive, healthy, alone, pairs } = drill
  const how = exhaustive ? 'all of them covered' : 'a sample of them drawn'
  const shownPairs = every ? pairs : pairs.filter((outcome) => isFailure(drill, outcome))
  const worst = shownPairs.toSorted(byMoved)
  const shown = every ? worst : worst.slice(0, PAIRS_SHOWN)
  return [
    `Drill of policy '${policyName}': ${countText(profiles)} caller profiles, ${how}.`,
    'A profile is one combination of what rules can tell apart; each counts once, however many',
    'callers are like it. Moved: routed elsewhere than with all systems healthy.',
    '',
    `All healthy: ${shares(healthy)}`,
    '',
    ...table(drill, alone),
    '',
    every
      ? `All ${pairs.length} pairs, the worst first:`
      : `The ${shown.length} worst of ${pairs.length} pairs, valid states such as no match left out:`,
    ...table(drill, shown),
  ]
}

/** False where a part of it is a valid state: then callers are where they belong. */
export function isFailure({ kinds }: Drill, outcome: Outcome): boolean {
  return outcome.kinds.every((index) => kinds[index]?.modes.some((mode) => !isState(mode)) ?? false)
}

/** The worst first: by callers moved, then by the longest wait. */
export function byMoved(left: Outcome, right: Outcome): number {
  return right.moved - left.moved || right.waitMaxMs - left.waitMaxMs
}

function table(drill: Drill, outcomes: readonly Outcome[]): string[] {
  const rows = outcomes.map((outcome) => [
    labelOf(drill, outcome),
    outcome.moved < 1e-9 ? '-' : shareText(outcome.moved, 1),
    waitText(outcome),
    shares(outcome.targets),
    outcome.flags
      .map(({ name, share }) => (share > 0.999 ? name : `${name} ${percent(share)}`))
      .join(', ') || '-',
  ])
  const head = ['fails', 'moved', 'callers wait', 'callers get', 'flags']
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** What fails, in short; modes that callers can't tell apart are joined. */
export function labelOf({ kinds }: Drill, { kinds: indexes }: Outcome): string {
  return indexes
    .map((index) => {
      const { dependency = '', names = [] } = kinds[index] ?? {}
      const more = names.length > 2 ? ` +${names.length - 2}` : ''
      return `${dependency} ${names.slice(0, 2).join('/')}${more}`
    })
    .join(' & ')
}

/** How long callers wait for what fails, and how many of them. */
export function waitText({ waits }: Outcome): string {
  const told = waits.filter(({ waitMs }) => waitMs > 0)
  if (told.length === 0) return 'none'
  return told
    .toSorted((left, right) => right.waitMs - left.waitMs)
    .map(({ waitMs, share }) => `${waitMs} ms for ${percent(share)}`)
    .join(', ')
}

function percent(share: number): string {
  return shareText(share > 1 - 1e-9 ? 1 : share, 1)
}

function shares(targets: readonly Share[]): string {
  const shown = targets
    .slice(0, TARGETS_SHOWN)
    .map(({ name, share }) => `${name} ${percent(share)}`)
  const more = targets.length - TARGETS_SHOWN
  return shown.join(', ') + (more > 0 ? `, +${more}` : '')
}
