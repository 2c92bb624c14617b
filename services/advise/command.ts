/** `crosspoint advise`: how long to wait for each dependency, from what arrived late. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { createProgress } from '../audit/export/progress.ts'
import { requireWritable } from '../audit/writable.ts'
import { sentenceColumns } from '../audit/wrap.ts'
import { CrosspointError } from '../errors.ts'
import { example } from '../platform/environment.ts'
import type { Policy } from '../policy/policy.ts'
import { sourceOf, workersOf } from '../what-if/command.ts'
import { runCrew } from '../what-if/crew.ts'
import { msOf } from '../what-if/options.ts'
import { withSource } from '../what-if/sources/with-source.ts'
import { openRecorded } from '../what-if/task.ts'
import { type Advice, adviceOf } from './advice.ts'
import { type Curve, mergeCurve, newCurve, type Trial, trialsOf } from './curve.ts'
import { advicePage, curveSvg } from './page.ts'
import type { AdviseSpec, Counted } from './task.ts'
import { adviceText } from './text.ts'

interface AdviseOptions {
  readonly tolerance: string
  readonly of?: string
  readonly export?: string
  readonly from: string
  readonly lateWait: string
  readonly workers?: string
  readonly html?: string
  readonly svg?: string
  readonly json?: true
}

export function register(program: Command): void {
  program
    .command('advise')
    .description(
      'Tell how long to wait: for each timeout, and for the window, what other values would have\n' +
        'given in lookups given up, routes and waits, by recorded decisions and late answers.',
    )
    .option(
      '--tolerance <percent>',
      'calls that may go elsewhere than after the longest wait',
      '0.5',
    )
    .option('--of <name>', 'only this dependency, or `window`')
    .option('--export <folder>', 'read what `audit export --format jsonl` wrote, not the topics')
    .option(
      '--from <moment>',
      'recorded since: start, an age (10m, 2h, 1d) or an ISO time',
      'start',
    )
    .option('--late-wait <ms>', 'how long enrichers listened for late answers', '5000')
    .option('--workers <n>', 'threads; default: one a core')
    .option('--html <file>', 'also write a self-contained page')
    .option('--svg <file>', 'also write a picture; needs --of')
    .option('--json', 'print curves and advice as JSON')
    .addHelpText('after', HELP)
    .action(runAdvise)
}

const HELP = `${example(
  ['crosspoint advise', 'all timeouts and the window'],
  ['crosspoint advise --of crm --tolerance 1 --svg crm.svg', 'one of them, with a picture'],
  ['crosspoint advise --from 7d --html wait.html', 'a week, as a page'],
)}
Each value is tried alone, a longer timeout with as much more window as it needs. "Given up" counts lookups that ended
by time; "elsewhere" compares with the longest wait tried; "not told" are calls that rest on an answer
that nobody recorded. What the recording can not say stands under each table; docs/what-if.md has all.
`

const print = (line: string): void => void process.stdout.write(`${line}\n`)

async function runAdvise(options: AdviseOptions): Promise<void> {
  const tolerance = toleranceOf(options.tolerance)
  const lateWaitMs = msOf('--late-wait', options.lateWait)
  if (options.svg !== undefined && options.of === undefined) {
    throw new CrosspointError('XP_USAGE', '--svg shows one curve: say which with --of')
  }
  for (const file of [options.html, options.svg]) if (file !== undefined) requireWritable(file)
  const source = sourceOf(options, Date.now())
  const { policyTexts, size } = await withSource(source, async (recordings) => ({
    policyTexts: await recordings.policyTexts(),
    size: await recordings.size(),
  }))
  const policy = newestOf(policyTexts)
  if (size.decisions === 0 || policy === null) {
    throw new CrosspointError('XP_WHAT_IF_EMPTY', 'nothing to take advice from')
  }
  const trials = chosen(trialsOf(policy, lateWaitMs), options)
  const spec: AdviseSpec = { policyTexts, trials, lateWaitMs }
  const progress = createProgress(process.stderr)
  const results = await runCrew({
    source,
    module: new URL('task.ts', import.meta.url),
    spec,
    needsLate: true,
    workersMax: workersOf(options),
    size,
    progress: (done, total) => progress.at('advise', done, total),
  })
  progress.clear()
  const { decisions, unusable, curves } = merged(results as Counted[], trials)
  const told = curves.map((curve) => ({
    curve,
    advice: adviceOf(curve, decisions, { tolerance, lateWaitMs, terms: policy }),
  }))
  writePictures(options, told, decisions)
  if (options.json) return print(JSON.stringify({ decisions, unusable, tolerance, curves: told }))
  print(`${decisions.toLocaleString('en-US')} recorded decisions, ${unusable} records of no use\n`)
  const columns = sentenceColumns(process.stdout)
  for (const line of adviceText(told, decisions, columns)) print(line)
}

function toleranceOf(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,4})?$/u.test(text) ? Number(text) : -1
  if (percent >= 0 && percent <= 100) return percent / 100
  throw new CrosspointError('XP_USAGE', `--tolerance ${text} is no share`, {
    remedy: 'Give per cent of calls from 0 to 100, such as 0.5.',
  })
}

function newestOf(policyTexts: ReadonlyMap<string, string>): Policy | null {
  const recorded = openRecorded(policyTexts)
  return (
    [...policyTexts.keys()].flatMap((version) => recorded.policyOf(version) ?? []).at(-1) ?? null
  )
}

function chosen(trials: readonly Trial[], { of }: AdviseOptions): readonly Trial[] {
  const wanted = trials.filter(({ name }) => of === undefined || name === of)
  if (wanted.length > 0) return wanted
  throw new CrosspointError('XP_USAGE', `there is no timeout of ${of ?? ''}`, {
    remedy: `Known are ${trials.map(({ name }) => name).join(', ')}.`,
  })
}

function merged(results: readonly Counted[], trials: readonly Trial[]): Counted {
  const all: Counted = { decisions: 0, unusable: 0, curves: trials.map(newCurve) }
  for (const { decisions, unusable, curves } of results) {
    all.decisions += decisions
    all.unusable += unusable
    for (const [index, curve] of all.curves.entries()) {
      const other = curves[index]
      if (other !== undefined) mergeCurve(curve, other)
    }
  }
  return all
}

function writePictures(
  { html, svg }: AdviseOptions,
  told: readonly { readonly curve: Curve; readonly advice: Advice }[],
  decisions: number,
): void {
  const [first] = told
  if (html !== undefined) writeFileSync(html, advicePage(told, decisions))
  if (svg !== undefined && first !== undefined) {
    writeFileSync(svg, curveSvg(first.curve, first.advice, decisions))
  }
}
