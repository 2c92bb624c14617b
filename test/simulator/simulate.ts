/**
 * Runs many worlds and tells which broke a promise:
 * `npm run simulate -- --seeds 1000 --calls 100 [--from N] [--seed N] [--call ID]`.
 */
import { parseArgs } from 'node:util'
import { judge, type Judgement, type Violation } from './judge.ts'
import { plan } from './plan.ts'
import { describeWorld, traceCall } from './trace.ts'
import { runWorld, type Bending, type Run } from './world.ts'

export interface SeedResult {
  readonly seed: number
  readonly run: Run
  readonly judgement: Judgement
}

/** One world from its seed to its verdict. */
export async function simulate(
  seed: number,
  calls: number,
  bending: Bending = {},
): Promise<SeedResult> {
  const run = await runWorld(plan(seed, { calls }), bending)
  return { seed, run, judgement: judge(run) }
}

/** Adds a run's counts to the total. */
export function addUp(total: Map<string, number>, { judgement }: SeedResult): void {
  for (const [name, times] of Object.entries(judgement.statistics)) {
    total.set(name, (total.get(name) ?? 0) + times)
  }
  const outcome = judgement.valid ? 'valid runs' : 'runs where nothing was hit'
  total.set(outcome, (total.get(outcome) ?? 0) + 1)
}

/** Everything a reader needs to see why a seed failed. */
export function report({ run, judgement }: SeedResult, callId?: string): string {
  const shown = judgement.violations.slice(0, 10).map(describeViolation)
  const more = judgement.violations.length - shown.length
  const example = callId ?? judgement.violations.find((each) => each.callId)?.callId
  return [
    describeWorld(run),
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(example === undefined ? [] : [`${example}:`, traceCall(run, example)]),
  ].join('\n')
}

const describeViolation = ({ promise, what }: Violation): string => `${promise}: ${what}`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      calls: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      call: { type: 'string' },
    },
  })
  const calls = Number(values.calls)
  const first = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const total = new Map<string, number>()
  const failing: number[] = []
  const began = performance.now()
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await simulate(seed, calls)
    addUp(total, result)
    const failed = result.judgement.violations.length > 0
    if (failed) failing.push(seed)
    if (count === 1 || (failed && failing.length === 1)) {
      process.stdout.write(`${report(result, values.call)}\n`)
    }
  }
  const seconds = (performance.now() - began) / 1000
  for (const [name, times] of [...total].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(`${String(times).padStart(9)}  ${name}\n`)
  }
  const rate = (count / seconds).toFixed(1)
  const verdict =
    failing.length === 0 ? 'no promise broken' : `failing seeds: ${failing.join(', ')}`
  process.stdout.write(`${count} seeds of ${calls} calls, ${rate} seeds/s; ${verdict}\n`)
  process.exitCode = failing.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
