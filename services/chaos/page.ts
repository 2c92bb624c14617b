/** The page of faults: what was done, and what came of it. Pure: results in, Markdown out. */
import { LIMITS } from './limits.ts'
import { MILD } from './mild.ts'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'

/** What a run was made on. */
export interface Machine {
  readonly cpus: string
  readonly memory: string
  readonly system: string
  readonly kafka: string
}

export interface KeptRun {
  readonly machine: Machine
  readonly result: RunResult
}

const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`)

/** More scenarios of one run are counted, not named: the table has them. */
const NAMED_MAX = 5

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function lateness({ worstLatenessMs: worst, late, promises }: RunResult): string {
  if (worst === null) return 'nothing decided'
  if (worst <= 0) return `none late; the tightest ${-worst} ms early`
  const excused = promises.some(({ id, holds }) => id === 'I4' && holds)
  return `${late} late, the worst ${seconds(worst)}${excused ? ', all due in an outage' : ''}`
}

function computed({ outages }: RunResult): string {
  const sumMs = outages.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  return sumMs === 0 ? 'none' : seconds(sumMs)
}

function verdict(result: RunResult): string {
  const broken = result.promises.filter(({ holds }) => !holds).map(({ id }) => id)
  const over = result.bounds.filter(({ holds }) => !holds).map(({ name }) => name)
  const why = [
    ...broken,
    ...over,
    ...result.died.map((name) => `${name} died`),
    ...(result.brokenOff === null ? [] : ['broken off']),
  ]
  const limit = result.limit === null ? '' : ` ([limit](#${result.limit.toLowerCase()}))`
  return why.length === 0
    ? `**${result.verdict}**${limit}`
    : `**${result.verdict}**: ${why.join(', ')}`
}

const HEAD = [
  'scenario',
  'what was done',
  'what must come of it',
  'in flight',
  'lateness',
  'doubled on the wire',
  'takeover',
  'outage seen',
  'outage computed',
  'catch-up',
  'verdict',
]

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

function row({ id, title, expected }: Scenario, kept: KeptRun | undefined): string {
  if (kept === undefined)
    return line([id, title, expected, ...HEAD.slice(3, -1).map(() => '–'), 'not run'])
  const { result } = kept
  return line([
    id,
    result.title,
    result.expected,
    String(result.inFlight),
    lateness(result),
    String(result.duplicatesOnWire),
    seconds(result.takeoverMs),
    seconds(result.outageMs),
    computed(result),
    seconds(result.catchUpMs),
    verdict(result),
  ])
}

/** What F25 draws from. */
const soakLines = (): string[] => [
  '## F25-soak',
  '',
  'In each half minute one of these is drawn by the seed, or two of different kinds; a quarter of the half',
  'minutes stay calm:',
  '',
  ...MILD.map(({ name }) => `- ${name}`),
  '',
]

function limitLines(): string[] {
  const lines = Object.entries(LIMITS).flatMap(([name, text]) => [`### ${name}`, '', text, ''])
  const from = 'In the words of the promises in the [README](../README.md#what-it-promises).'
  return ['## Stated limits', '', from, '', ...lines]
}

/** Where and when the runs were made, a line for each different answer. */
function madeLines(runs: readonly KeptRun[]): string[] {
  const groups = Map.groupBy(runs, ({ machine, result }) => {
    const { cpus, memory, system, kafka } = machine
    return `${result.startedAt.slice(0, 10)}, seed ${result.seed}, ${result.brokers} brokers: ${cpus}, ${memory}, ${system}, ${kafka}`
  })
  return [...groups].map(([made, of]) => {
    const ids = of.map(({ result }) => result.id)
    const which = ids.length > NAMED_MAX ? `${ids.length} scenarios` : ids.join(', ')
    return groups.size === 1 ? `- ${made}` : `- ${made} (${which})`
  })
}

/** A row for each scenario of the catalogue, in its order; `runs` by id. */
export function faultsPage(
  catalogue: readonly Scenario[],
  runs: ReadonlyMap<string, KeptRun>,
): string {
  const made = catalogue.flatMap(({ id }) => runs.get(id) ?? [])
  const passed = made.filter(({ result }) => result.verdict === 'PASS').length
  return `${[
    '<!-- Written by `make chaos` from docs/faults.json; `crosspoint chaos --scenario F1 --page docs/faults.md` refreshes a row. -->',
    '# Faults',
    '',
    'What was done to a running deployment under load, and what became of its calls. Every scenario has',
    'topics and services of its own, publishes calls whatever becomes of them, and is judged from the topics',
    'by a checker that shares no code with the router. A run whose fault met fewer than 50 undecided calls',
    'is INVALID. Outages are computed from the log of what was done, never declared; a call that was due',
    'outside one has to be on time. Brokers, services, switch and checker share one machine: the margins of',
    'the policy are wider than in the example for that (services/chaos/margins.ts), window and timeouts not.',
    'A service or broker that is started anew has a lower processor priority until it is ready, where the',
    'campaign may raise it again (infra/niceness.ts): on a machine of its own it would take nobody’s time.',
    '',
    `${passed} of ${catalogue.length} scenarios passed.`,
    '',
    ...madeLines(made),
    '',
    '**PASS**: the promises I1 to I10 held, and every bound of the scenario. Words like window, session and lane',
    'are explained in the [README](../README.md#what-it-promises). *In flight*: calls undecided when the fault',
    'struck, at the strike that met the fewest. *Lateness*: appended after `decideBy`. *Doubled on the wire*:',
    'records of `call.routed` that readers drop. *Takeover*: from the kill to the first decision of a call that',
    'the killed router held, the slowest of them; – where none was killed. *Outage seen*: the longest stretch in',
    'which a partition had open calls and no decision was appended; with slow lookups it is never zero. *Outage',
    'computed*: all stretches in which a call may be late, added up. *Catch-up*: from healing until no service',
    'has more to read than it is given in a second.',
    '',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...catalogue.map((scenario) => row(scenario, runs.get(scenario.id))),
    '',
    ...soakLines(),
    ...limitLines(),
  ]
    .join('\n')
    .trimEnd()}\n`
}
