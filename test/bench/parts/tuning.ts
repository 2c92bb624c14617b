/** The log of the twin's tuning: each setting changed alone, then the quickest of them again beside what is run, in turns. */
import { streams, type Tuned } from '../contenders/streams.ts'
import { phaseMs } from '../options.ts'
import type { Measured } from '../results.ts'
import { type Part, whenWarm } from './part.ts'

interface Change {
  readonly setting: string
  readonly value: string
  readonly tuned: Tuned
}

interface Tried {
  readonly setting: string
  readonly value: string
  readonly measured: Measured
}

const AS_RUN: Change = { setting: 'as run', value: '', tuned: {} }
const CHANGES: readonly Change[] = [
  AS_RUN,
  ...environment('THREADS', 'num.stream.threads', ['1', '4']),
  ...environment('COMMIT_MS', 'commit.interval.ms', ['100', '10000']),
  ...environment('POLL_MS', 'poll.ms', ['1', '20']),
  ...environment('LINGER_MS', 'linger.ms', ['2', '5']),
  ...['64', '128', '512'].map((value) => ({
    setting: 'heap, MB (a quarter of it at first)',
    value,
    tuned: { heapMb: Number(value) },
  })),
  { setting: 'collector', value: 'Serial', tuned: { collector: ['-XX:+UseSerialGC'] } },
  { setting: 'collector', value: 'Parallel', tuned: { collector: ['-XX:+UseParallelGC'] } },
  { setting: 'collector', value: 'ZGC', tuned: { collector: ['-XX:+UseZGC'] } },
]
/** The rates of the promise: "lower p99 at 278 and 1,000 calls/s". */
const RATES = [278, 1000]

function environment(name: string, setting: string, values: readonly string[]) {
  return values.map((value) => ({ setting, value, tuned: { environment: { [name]: value } } }))
}

/** Settings that were quicker once are repeated beside what is run, so many of them. */
const FINALISTS = 2

export const tuning: Part<'tuning'> = async (bench, keep) => {
  const tried: Tried[] = []
  const run = async ({ setting, value, tuned }: Change, repetition: number): Promise<void> => {
    const what = `the twin with ${setting} ${value}, repetition ${repetition}`
    bench.say(what)
    await bench.attempt(what, () =>
      whenWarm(bench, streams('at_least_once', tuned), repetition, async ({ at }) => {
        for (const ratePerS of RATES) {
          const measured = await at(ratePerS, phaseMs(bench.options, ratePerS))
          tried.push({ setting, value, measured })
          keep({ tried })
        }
      }),
    )
  }
  for (const change of CHANGES) await run(change, 1)
  const last = CHANGES.filter((change) => change === AS_RUN || quickest(tried).includes(change))
  for (let repetition = 2; repetition <= bench.options.repetitions; repetition += 1) {
    for (const change of last) await run(change, repetition)
  }
}

/** By the sum of their p99 as shares of what is run: a machine's minute may have made them so. */
function quickest(tried: readonly Tried[]): readonly Change[] {
  const p99 = ({ setting, value }: Change, ratePerS: number): number =>
    tried.find(
      (one) => one.setting === setting && one.value === value && one.measured.ratePerS === ratePerS,
    )?.measured.stored.p99 ?? Number.MAX_SAFE_INTEGER
  const share = (change: Change): number =>
    RATES.reduce((sum, rate) => sum + p99(change, rate) / p99(AS_RUN, rate), 0)
  return CHANGES.filter((change) => change !== AS_RUN)
    .toSorted((one, other) => share(one) - share(other))
    .slice(0, FINALISTS)
}
