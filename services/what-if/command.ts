/** `crosspoint what-if`: recorded decisions through the same core, with something changed or nothing. */
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { createProgress } from '../audit/export/progress.ts'
import { momentOf } from '../audit/moment.ts'
import { plain } from '../audit/plain.ts'
import { CrosspointError } from '../errors.ts'
import { example } from '../platform/environment.ts'
import { openPolicyFile } from '../policy/load.ts'
import { emptyTally, mergeTally, type Tally } from './core/tally.ts'
import { budgetMaxMs, isNoChange, termsAfter } from './core/terms.ts'
import { runCrew } from './crew.ts'
import { failureOf, msOf, requireKnown, timeoutOf } from './options.ts'
import { holds, reportOf, reportText } from './report.ts'
import type { SourceSpec } from './sources/source.ts'
import { withSource } from './sources/with-source.ts'
import { type ChangeSpec, openChange, openRecorded, type WhatIfSpec } from './task.ts'

interface WhatIfOptions {
  readonly policy?: string
  readonly window?: string
  readonly timeout?: readonly string[]
  readonly fail?: readonly string[]
  readonly export?: string
  readonly from: string
  readonly lateWait: string
  readonly workers?: string
  readonly examples: string
  readonly json?: true
}

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one]

export function register(program: Command): void {
  program
    .command('what-if')
    .description(
      'Decide recorded calls again through the router’s own core.\n' +
        'With nothing changed every decision must give itself again, byte for byte; exits 1 and names\n' +
        'the record when one does not, or was altered. With a change it tells which routes differ.',
    )
    .option('--policy <file>', 'rules, fallbacks, timeouts and window of another policy')
    .option('--window <ms>', 'another latency window')
    .option('--timeout <dependency=ms>', 'another timeout; several times', collect)
    .option('--fail <dependency=outcome/cause>', 'let it fail; several times', collect)
    .option('--export <folder>', 'read what `audit export --format jsonl` wrote, not the topics')
    .option(
      '--from <moment>',
      'recorded since: start, an age (10m, 2h, 1d) or an ISO time',
      'start',
    )
    .option('--late-wait <ms>', 'how long enrichers waited for late answers', '5000')
    .option('--workers <n>', 'threads; default: one a core')
    .option('--examples <n>', 'stories told', '5')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(runWhatIf)
}

const HELP = `${example(
  ['crosspoint what-if', 'is every recorded decision still what it was'],
  ['crosspoint what-if --policy next.yaml --from 1d', 'what the next policy changes'],
  ['crosspoint what-if --timeout crm=3000 --window 3500', 'what more patience would have given'],
  ['crosspoint what-if --fail billing=TIMED_OUT/RESPONSE', 'a day without billing'],
)}
What a change does to a recorded lookup is an approximation: an answer slower than the new timeout
becomes TIMED_OUT, a timeout that is now longer takes its answer from audit.late if one came by then,
records count as read when they were appended, and what a cache would have served is not known. Calls
that rest on an answer nobody recorded are counted apart. docs/what-if.md has all rules.
`

const print = (line: string): void => void process.stdout.write(`${plain(line)}\n`)

async function runWhatIf(options: WhatIfOptions): Promise<void> {
  const examplesMax = examplesOf(options)
  const changeSpec = changeOf(options)
  const source = sourceOf(options, Date.now())
  const { policyTexts, size } = await withSource(source, async (recordings) => ({
    policyTexts: await recordings.policyTexts(),
    size: await recordings.size(),
  }))
  if (size.decisions === 0) throw new CrosspointError('XP_WHAT_IF_EMPTY', 'nothing to decide again')
  const { change } = openChange(changeSpec)
  for (const note of notesOf(changeSpec, policyTexts)) process.stderr.write(`${note}\n`)
  const spec: WhatIfSpec = {
    policyTexts,
    change: changeSpec,
    lateWaitMs: msOf('--late-wait', options.lateWait),
  }
  const progress = createProgress(process.stderr)
  const startedAt = performance.now()
  const results = await runCrew({
    source,
    module: new URL('task.ts', import.meta.url),
    spec,
    needsLate: !isNoChange(change),
    workersMax: workersOf(options),
    size,
    progress: (done, total) => progress.at('what-if', done, total),
  })
  progress.clear()
  const tally = emptyTally()
  for (const result of results) mergeTally(tally, result as Tally)
  const report = reportOf(tally, !isNoChange(change), examplesMax)
  if (!holds(report)) process.exitCode = 1
  if (options.json) return print(JSON.stringify(report))
  for (const line of reportText(report, process.stdout.columns)) print(line)
  print(`\n${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Where recordings are read from. */
export function sourceOf(
  { export: path, from }: { readonly export?: string; readonly from: string },
  nowMs: number,
): SourceSpec {
  if (path !== undefined && from !== 'start') {
    throw new CrosspointError('XP_USAGE', '--export has a range of its own: give it, or --from')
  }
  return path === undefined
    ? { kind: 'topics', from: momentOf(from, nowMs) }
    : { kind: 'folder', path }
}

/** Threads to work with: as asked, else one a core. */
export function workersOf({ workers }: { readonly workers?: string }): number {
  if (workers === undefined) return availableParallelism()
  const count = /^\d{1,2}$/u.test(workers) ? Number(workers) : 0
  if (count > 0) return count
  throw new CrosspointError('XP_USAGE', `--workers ${workers} is no number of threads`)
}

function examplesOf({ examples }: WhatIfOptions): number {
  if (/^\d{1,3}$/u.test(examples)) return Number(examples)
  throw new CrosspointError('XP_USAGE', `--examples ${examples} is no number of stories`, {
    remedy: 'Give a whole number from 0 to 999.',
  })
}

function changeOf(options: WhatIfOptions): ChangeSpec {
  const opened = options.policy === undefined ? null : openPolicyFile(options.policy)
  return {
    policy: opened === null ? null : { text: opened.policy.text, file: options.policy ?? '' },
    windowMs: options.window === undefined ? null : msOf('--window', options.window),
    timeouts: (options.timeout ?? []).map(timeoutOf),
    fails: (options.fail ?? []).map(failureOf),
  }
}

/** Checks names, and tells of timeouts that the window cuts: `policy check` would refuse them. */
function notesOf(spec: ChangeSpec, policyTexts: ReadonlyMap<string, string>): string[] {
  const known = openRecorded(policyTexts)
  const recorded = [...policyTexts.keys()].flatMap((version) => known.policyOf(version) ?? [])
  const { change } = openChange(spec)
  const policies = change.policy === null ? recorded : [change.policy]
  requireKnown([...change.timeouts.keys(), ...change.fails.keys()], policies)
  const newest = policies.at(-1)
  if (newest === undefined) return []
  const terms = termsAfter(newest, change)
  return terms.dependencies
    .filter((one) => one.timeoutMs > budgetMaxMs(terms, one))
    .map(({ name, timeoutMs }) => {
      const windowMs = timeoutMs + terms.margins.enricherMs
      const cut = terms.windowMs - terms.margins.enricherMs
      return `${name}: the window cuts ${timeoutMs} ms to ${cut} ms; all of it needs --window ${windowMs}`
    })
}
