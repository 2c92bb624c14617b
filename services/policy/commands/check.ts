/** `crosspoint policy check`: what is wrong with a policy, before anything uses it. */
import type { Command } from 'commander'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { CrosspointError, CrosspointErrors } from '../../errors.ts'
import { byPlace } from '../../platform/yaml-text.ts'
import { inspect } from '../inspect/inspect.ts'
import type { Inspection } from '../inspect/inspect.ts'
import { unsupplied } from '../inspect/supply.ts'
import { openPolicyFile } from '../load.ts'
import type { OpenedPolicy } from '../load.ts'
import type { Policy } from '../policy.ts'
import { COVER } from '../space/cover.ts'
import { countText, shareText } from '../space/words.ts'

export function registerCheck(policy: Command): void {
  policy
    .command('check')
    .description('Tell every mistake of a policy with its place. Exit code 2 when there is one.')
    .argument('[file]', 'the policy; absent: POLICY_FILE')
    .option('--connectors <file>', 'also find facts that are used and never supplied')
    .option(
      '--append-to-seen <ms>',
      'hold the margins against it: crosspoint_append_to_seen_seconds, p99.9',
    )
    .option('--seed <number>', 'of the sample, where there are too many combinations to cover', '1')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint policy check', 'check the policy that routers would load'],
        ['crosspoint policy check next.yaml', 'check another file'],
        [
          'crosspoint policy check next.yaml --connectors connectors.yaml',
          'and who supplies facts',
        ],
      ) +
        '\nEvery combination of inputs, hours, ways each lookup can end and facts it can give is\n' +
        'covered, as far as rules tell them apart. Where that is too much, a sample says so.\n',
    )
    .action(runCheck)
}

interface CheckOptions {
  readonly connectors?: string
  readonly appendToSeen?: string
  readonly seed: string
  readonly json?: true
}

function runCheck(file: string | undefined, options: CheckOptions): void {
  const path = file ?? settingsFromEnvironment().POLICY_FILE
  const opened = openPolicyFile(path)
  const inspection = requireSound(opened, options.connectors, seedOf(options.seed))
  if (options.appendToSeen !== undefined) requireSeen(opened, wholeMs(options.appendToSeen))
  const text = options.json
    ? JSON.stringify(asJson(opened.policy, path, inspection))
    : [described(opened.policy, path), '', ...inspectionText(inspection)].join('\n')
  process.stdout.write(`${text}\n`)
}

/**
 * What inspecting a policy found. Throws CrosspointErrors with every mistake; with `connectors` also facts
 * that nobody supplies.
 */
export function requireSound(
  opened: OpenedPolicy,
  connectors: string | undefined,
  seed = COVER.seed,
): Inspection {
  const inspection = inspect(opened, { ...COVER, seed })
  const lacking = connectors === undefined ? [] : unsupplied(opened, connectors)
  const [first, ...rest] = [...inspection.mistakes, ...lacking].toSorted((left, right) =>
    byPlace(left.place, right.place),
  )
  if (first !== undefined) throw new CrosspointErrors([first, ...rest])
  return inspection
}

function wholeMs(text: string): number {
  if (/^\d{1,5}$/u.test(text)) return Number(text)
  throw new CrosspointError(
    'XP_USAGE',
    `--append-to-seen ${text} is no whole number of milliseconds`,
  )
}

/**
 * A decision of the primary lane must be seen before a backup publishes, and a timeout event before the
 * primary decides (design §3). Throws XP_POLICY_MARGIN where what was measured says that it is not.
 */
function requireSeen({ policy, places }: OpenedPolicy, seenMs: number): void {
  const { enricherMs, publishMs, backupMs } = policy.margins
  const short = [
    { name: 'publishMs', is: publishMs, over: 'backupMs', least: backupMs + seenMs },
    { name: 'enricherMs', is: enricherMs, over: 'publishMs', least: publishMs + seenMs },
  ].filter(({ is, least }) => is < least)
  const [first, ...rest] = short.map(({ name, is, over, least }) => {
    const message = `${name} ${is} is less than ${over} and the ${seenMs} ms in which records are seen: ${least}`
    return new CrosspointError('XP_POLICY_MARGIN', message, {
      place: places.key(['margins', name]),
    })
  })
  if (first !== undefined) throw new CrosspointErrors([first, ...rest])
}

function seedOf(text: string): number {
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new CrosspointError('XP_USAGE', `--seed ${text} is no whole number`)
}

function described(policy: Policy, path: string): string {
  const { windowMs, margins } = policy
  const { enricherMs, publishMs, backupMs } = margins
  const lookups = policy.dependencies.map(({ name, timeoutMs }) => `${name} ${timeoutMs} ms`)
  return [
    `${path}: policy '${policy.name}', version ${policy.version}, has no mistakes.`,
    `  A call is decided within ${windowMs} ms. Lookups end by ${windowMs - enricherMs} ms at the latest,`,
    `  the router decides by ${windowMs - publishMs} ms, a backup from ${windowMs - backupMs} ms on.`,
    `  Timeouts: ${lookups.join(', ')}.`,
  ].join('\n')
}

function inspectionText({ weight, looks, exhaustive, seed, rules, notes }: Inspection): string[] {
  const how = exhaustive
    ? `All ${countText(weight)} combinations are covered, in ${countText(looks)} situations that differ; each gives a route.`
    : `Of ${countText(weight)} combinations ${countText(looks)} were drawn (seed ${seed}); each gave a route. Shares are estimates.`
  const width = Math.max(...rules.map(({ id }) => id.length))
  return [
    `  ${how}`,
    '  Each counts once, however many callers are like it:',
    ...rules.map(
      ({ id, target, weight: part }) =>
        `    ${id.padEnd(width)}  ${shareText(part, weight).padStart(8)}  → ${target}`,
    ),
    ...notes.map((note) => `  note: ${note}`),
  ]
}

function asJson(policy: Policy, file: string, inspection: Inspection) {
  const { name, version, windowMs, margins, staleCallMs } = policy
  const dependencies = policy.dependencies.map(({ name: dependency, timeoutMs, needs }) => ({
    name: dependency,
    timeoutMs,
    needs: needs === null ? null : `${needs.dependency}.${needs.fact}`,
  }))
  const { mistakes: _none, ...enumerated } = inspection
  const times = { windowMs, margins, staleCallMs, dependencies }
  return { file, ok: true, name, version, ...times, ...enumerated }
}
