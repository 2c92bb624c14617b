/** `crosspoint policy publish`: a policy for running services, from a moment on; also the way back. */
import type { Command } from 'commander'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { CrosspointError } from '../../errors.ts'
import { requireAccount } from '../../platform/account.ts'
import { durationMs } from '../../platform/duration.ts'
import { example } from '../../platform/environment.ts'
import { type Tool, withTool } from '../../platform/tool.ts'
import { isTooSoon, NOTICE_MS } from '../core/versions.ts'
import { type Change, changeOf } from '../change.ts'
import { type PolicyHistory, readHistory } from '../history.ts'
import { openPolicy, type OpenedPolicy, openPolicyFile } from '../load.ts'
import { append } from '../publishing.ts'
import { requireSound } from './check.ts'
import { diffText } from './diff.ts'
import { timeOf } from './versions.ts'

interface PublishOptions {
  readonly version?: string
  readonly activeFrom?: string
  readonly in?: string
  readonly author: string
  readonly reason: string
  readonly connectors?: string
  readonly dryRun?: true
  readonly json?: true
}

/** `now` is the wall clock. */
export function registerPublish(policy: Command, now: () => number): void {
  policy
    .command('publish')
    .description(
      'Publish a policy: running routers and enrichers go by it from a moment on, all at once.',
    )
    .argument('[file]', 'the policy; it is checked first, as `policy check` does')
    .option(
      '--version <version>',
      'an older one instead of a file, by its version or its beginning',
    )
    .option('--active-from <time>', 'for calls that arrive from then on: 2026-11-21T18:00:00Z')
    .option('--in <time>', 'the same, counted from when it is published: 10s, 5m, 2h; default: 30s')
    .requiredOption('--author <name>', 'who')
    .requiredOption('--reason <text>', 'why')
    .option('--connectors <file>', 'also refuse it when facts it uses are never supplied')
    .option('--dry-run', 'check and tell what would change, publish nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action((file: string | undefined, options: PublishOptions) => runPublish(file, options, now))
}

const HELP = `${example(
  [
    'crosspoint policy publish next.yaml --in 5m --author jo --reason autumn',
    'all services change in five minutes',
  ],
  [
    'crosspoint policy publish --version 5d0c31f2 --in 6s --author jo --reason bad',
    'back to an older one',
  ],
)}
Which policy governs a call is decided by when the call arrived, in broker time: all lanes and
partitions change at the same moment, and what arrived before is decided as before. It takes 6 s at
least, so that every service has read it by then. Nothing is taken back: publish what shall be instead.
`

async function runPublish(
  file: string | undefined,
  options: PublishOptions,
  now: () => number,
): Promise<void> {
  requireAccount(options, 'XP_USAGE')
  const activeFromAt = activeFromOf(options)
  const read = sourceOf(file, options)
  const published = await withTool('policy-publish', async (tool) => {
    const history = await readHistory({ reader: tool.client.reader, codec: tool.codec }, now())
    const opened = read(history)
    requireSound(opened, options.connectors)
    const change = changeOf(history, opened, () => activeFromAt(now()))
    const record = recordOf(opened, options, change.activeFrom)
    if (!options.json) print(...changeText(record, change))
    if (options.dryRun) return { record, change, at: null, taken: false }
    return { record, change, ...(await publish(tool, { ...record, publishedAt: now() })) }
  })
  if (options.json) print(JSON.stringify(asJson(published)))
  else if (published.at === null) print('Nothing was published: it was a dry run.')
  else print(...publishedText(published))
}

const print = (...lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** When it shall govern, given what time it is. Throws XP_USAGE, and XP_POLICY_NOTICE. */
function activeFromOf({ activeFrom, in: inTime }: PublishOptions): (nowMs: number) => number {
  if (activeFrom !== undefined && inTime !== undefined) {
    throw new CrosspointError('XP_USAGE', 'give --active-from or --in, not both')
  }
  if (activeFrom === undefined) {
    const ms = durationMs(inTime ?? '30s')
    if (ms === null) {
      throw new CrosspointError('XP_USAGE', `--in ${inTime} is no time such as 10s, 5m or 2h`)
    }
    return (nowMs) => checkedNotice(nowMs + ms, nowMs)
  }
  // Without a zone it would be another moment on another machine.
  const withZone = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/u
  const at = withZone.test(activeFrom) ? Date.parse(activeFrom) : Number.NaN
  if (Number.isNaN(at)) {
    const message = `--active-from ${activeFrom} is no time such as 2026-11-21T18:00:00Z`
    throw new CrosspointError('XP_USAGE', message)
  }
  return (nowMs) => checkedNotice(at, nowMs)
}

const YEAR_MS = 366 * 86_400_000
/** From here to the brokers: with a shorter notice every service would refuse what was appended. */
const APPENDING_MS = 1000

function checkedNotice(activeFrom: number, nowMs: number): number {
  if (activeFrom < nowMs + NOTICE_MS + APPENDING_MS) {
    const message = `it would govern from ${timeOf(activeFrom)}; that is less than 6 s from now`
    throw new CrosspointError('XP_POLICY_NOTICE', message)
  }
  if (activeFrom <= nowMs + YEAR_MS) return activeFrom
  throw new CrosspointError('XP_USAGE', `${timeOf(activeFrom)} is more than a year from now`)
}

function sourceOf(file: string | undefined, { version }: PublishOptions) {
  if ((file === undefined) === (version === undefined)) {
    throw new CrosspointError('XP_USAGE', 'name a file or a --version, and not both')
  }
  if (version !== undefined && !/^[\da-f]{6,64}$/u.test(version)) {
    const message = `--version ${version} is not the beginning of a version, at least 6 characters`
    throw new CrosspointError('XP_USAGE', message)
  }
  const opened = file === undefined ? null : openPolicyFile(file)
  return (history: PolicyHistory): OpenedPolicy => {
    if (opened !== null) return opened
    const { policyVersion, text } = history.find(version ?? '')
    return openPolicy(text, { file: `policy ${policyVersion}` })
  }
}

function recordOf(
  { policy }: OpenedPolicy,
  { author, reason }: PublishOptions,
  activeFrom: number,
): Omit<PolicyPublished, 'publishedAt'> {
  const { version: policyVersion, name: policyName, text } = policy
  return { policyVersion, policyName, text, activeFrom, author, reason }
}

type Draft = Omit<PolicyPublished, 'publishedAt'>

const nameOf = ({ policyName, policyVersion }: Draft): string => `${policyName}@${policyVersion}`

function changeText(record: Draft, { before, diff: told, next }: Change): string[] {
  const lines = [`${nameOf(record)}, from ${timeOf(record.activeFrom)} on.`]
  if (before === null)
    lines.push('No router was started here yet: there is nothing to compare with.')
  else if (before.policyVersion === record.policyVersion) {
    lines.push('It is what would govern then anyway.')
  } else if (told === null) lines.push(`In place of ${nameOf(before)}, which can not be compared.`)
  else lines.push(`In place of ${nameOf(before)}:`, '', ...diffText(told), '')
  if (next !== null) {
    const from = timeOf(next.activeFrom)
    lines.push(`Until ${from} only: then ${nameOf(next)} takes over, published before.`)
  }
  return lines
}

interface Publishing {
  readonly record: Draft
  readonly change: Change
  /** Null: it was only tried. */
  readonly at: { readonly offset: number; readonly appendedAt: number } | null
  /** A router has kept its text. */
  readonly taken: boolean
}

async function publish(
  tool: Tool,
  draft: PolicyPublished,
): Promise<Pick<Publishing, 'at' | 'taken'>> {
  const { at, taken } = await append(tool, draft)
  if (!isTooSoon(draft.activeFrom, at.appendedAt)) return { at, taken }
  const message =
    `the brokers' clock says ${timeOf(at.appendedAt)}: for them it would govern in ` +
    `${draft.activeFrom - at.appendedAt} ms, so every service refuses it`
  throw new CrosspointError('XP_POLICY_NOTICE', message, {
    remedy: "Publish it again with a later moment; compare this machine's clock with the brokers'.",
  })
}

function publishedText({ record, change, at, taken }: Publishing): string[] {
  const inS = Math.round((record.activeFrom - (at?.appendedAt ?? 0)) / 1000)
  const lines = [`Published; it governs calls that arrive in ${inS} s or later.`]
  if (!taken) {
    lines.push('No router has kept it yet: see whether one runs, and what its log says.')
  }
  if (change.before !== null && change.before.policyVersion !== record.policyVersion) {
    const back = change.before.policyVersion.slice(0, 12)
    lines.push(`The way back: crosspoint policy publish --version ${back} --author … --reason …`)
  }
  return lines
}

function asJson({ record, change, at, taken }: Publishing) {
  const { text: _left, ...published } = record
  return {
    ...published,
    ...at,
    published: at !== null,
    keptByRouter: taken,
    before: change.before?.policyVersion ?? null,
    next: change.next?.policyVersion ?? null,
    diff: change.diff,
  }
}
