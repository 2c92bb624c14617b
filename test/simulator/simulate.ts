/** Runs many worlds and tells which broke a promise, or tells one of them. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { asked, wholeNumber } from '../script.ts'
import { type CrewOptions, runSeeds } from './crew.ts'
import { judge, type Judgement, type Violation } from './judge.ts'
import { keptPlan, keptText } from './kept.ts'
import { plan, type Plan } from './plan.ts'
import { shrink } from './shrink.ts'
import { describeWorld, traceCall } from './trace.ts'
import { runWorld, type Run } from './world.ts'

const USAGE = `npm run simulate -- [--seeds N] [--from N] [--calls N] [--workers N]
                       worlds drawn from N seeds, and which promise broke where
npm run simulate -- --seed N [--calls N] [--call ID] [--shrink]
                       the story of one; --shrink leaves out what it does not take to break it
npm run simulate -- --plan FILE
                       a world that was kept, as in test/simulator/kept/`

/** Small worlds find as much as large ones, and many more of them are run in the same time. */
export const CALLS = 25

export interface SeedResult {
  readonly seed: number
  readonly run: Run
  readonly judgement: Judgement
}

/** One world from its seed to its verdict. */
export async function simulate(seed: number, calls: number): Promise<SeedResult> {
  return play(plan(seed, { calls }))
}

/** One world from its plan to its verdict. */
export async function play(planned: Plan): Promise<SeedResult> {
  const run = await runWorld(planned)
  return { seed: planned.seed, run, judgement: judge(run) }
}

/** The smallest world that breaks the promise this one broke first. */
export async function shrunk({ run, judgement }: SeedResult): Promise<SeedResult> {
  const promise = judgement.violations[0]?.promise
  const breaks = async (smaller: Plan): Promise<boolean> => {
    const { violations } = (await play(smaller)).judgement
    return violations.some((one) => one.promise === promise)
  }
  return play(promise === undefined ? run.plan : await shrink(run.plan, breaks))
}

/** A shrunk world for people, and as a file to keep. */
export function shrunkReport(result: SeedResult, was: string): string {
  const file = keptText(was, result.run.plan)
  return `${report(result)}\n\nTo keep it, as test/simulator/kept/<name>.json:\n${file}`
}

/** Adds a run's counts to the total. */
export function addUp(
  total: Map<string, number>,
  { statistics, valid }: Pick<Judgement, 'statistics' | 'valid'>,
): void {
  for (const [name, times] of Object.entries(statistics)) {
    total.set(name, (total.get(name) ?? 0) + times)
  }
  const outcome = valid ? 'valid runs' : 'runs where nothing was hit'
  total.set(outcome, (total.get(outcome) ?? 0) + 1)
}

/** Everything a reader needs to see why a seed failed. */
export function report({ run, judgement }: SeedResult, callId?: string): string {
  const shown = judgement.violations.slice(0, 10).map(describeViolation)
  const more = judgement.violations.length - shown.length
  const example = callId ?? judgement.violations.find((each) => each.callId)?.callId
  return [
    describeWorld(run),
    `again: npm run simulate -- ${againOf(run)}`,
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(example === undefined ? [] : [`${example}:`, traceCall(run, example)]),
  ].join('\n')
}

/** How to play the same world again: by its seed, or from a file where its plan was made small. */
function againOf({ plan: played }: Run): string {
  const calls = callsOf(played)
  const drawn = plan(played.seed, { calls })
  const same = JSON.stringify(drawn) === JSON.stringify(played)
  return same ? `--seed ${played.seed} --calls ${calls}` : '--plan FILE'
}

/** Calls as they were drawn: without repeats. */
const callsOf = ({ arrivals }: Plan): number =>
  new Set(arrivals.map(({ value }) => value.callId)).size

const describeViolation = ({ promise, what }: Violation): string => `${promise}: ${what}`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      calls: { type: 'string', default: String(CALLS) },
      from: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      call: { type: 'string' },
      plan: { type: 'string' },
      shrink: { type: 'boolean', default: false },
    },
  })
  const calls = wholeNumber('--calls', values.calls)
  if (values.seed !== undefined || values.plan !== undefined) {
    const planned =
      values.plan === undefined
        ? plan(wholeNumber('--seed', values.seed ?? '', 0), { calls })
        : keptPlan(readFileSync(values.plan, 'utf8')).plan
    const result = await play(planned)
    await tell(result, values)
    const holds = result.judgement.violations.length === 0
    if (holds) process.stdout.write('no promise broken\n')
    process.exitCode = holds ? 0 : 1
    return
  }
  const first = wholeNumber('--from', values.from, 0)
  const count = wholeNumber('--seeds', values.seeds)
  const workers = wholeNumber('--workers', values.workers)
  await many({ first, count, workers, calls }, values)
}

/** So often one learns how far it is. */
const PROGRESS_EVERY_MS = 10_000

/** Many worlds, the counts of all, and the story of the first that broke a promise. */
async function many(options: CrewOptions, wishes: Wishes): Promise<void> {
  const { count, calls, workers } = options
  const total = new Map<string, number>()
  const failing = new Map<number, string>()
  const began = performance.now()
  let done = 0
  let toldAt = began
  const speed = (): string => (done / ((performance.now() - began) / 1000)).toFixed(1)
  await runSeeds(options, ({ seed, violations: [broken], ...judgement }) => {
    done += 1
    addUp(total, judgement)
    if (broken !== undefined) {
      failing.set(seed, broken.promise)
      process.stderr.write(`seed ${seed} broke ${describeViolation(broken)}\n`)
    }
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    process.stderr.write(`${done} of ${count} seeds, ${speed()} seeds/s, ${failing.size} failing\n`)
  })
  const rate = speed()
  for (const [name, times] of [...total].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(`${String(times).padStart(9)}  ${name}\n`)
  }
  const seeds = [...failing].toSorted(([a], [b]) => a - b)
  const [first] = seeds
  if (first !== undefined) await tell(await simulate(first[0], calls), wishes)
  const named = seeds.map(([seed, promise]) => `${seed} (${promise})`).join(', ')
  const verdict = first === undefined ? 'no promise broken' : `failing seeds: ${named}`
  const size = `${count} seeds of ${calls} calls by ${workers} threads`
  process.stdout.write(`${size}, ${rate} seeds/s; ${verdict}\n`)
  process.exitCode = first === undefined ? 0 : 1
}

interface Wishes {
  readonly call?: string | undefined
  readonly shrink: boolean
}

/** Tells one world; shrunk when that is wished and it broke something. */
async function tell(result: SeedResult, { call, shrink: small }: Wishes): Promise<void> {
  const [broken] = result.judgement.violations
  const text =
    small && broken !== undefined
      ? shrunkReport(await shrunk(result), describeViolation(broken))
      : report(result, call)
  process.stdout.write(`${text}\n`)
}

if (import.meta.main) await asked(USAGE, main)
