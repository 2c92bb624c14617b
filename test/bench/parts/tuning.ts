/** The log of the twin's tuning: each setting changed alone, everything else as it is run. */
import { streams, type Tuned } from '../contenders/streams.ts'
import type { Measured } from '../results.ts'
import { type Part, whenWarm } from './part.ts'

const CHANGES: readonly {
  readonly setting: string
  readonly value: string
  readonly tuned: Tuned
}[] = [
  { setting: 'as run', value: '', tuned: {} },
  ...environment('THREADS', 'num.stream.threads', ['1', '4']),
  ...environment('COMMIT_MS', 'commit.interval.ms', ['100', '10000']),
  ...environment('POLL_MS', 'poll.ms', ['1', '20']),
  ...environment('LINGER_MS', 'linger.ms', ['2', '5']),
  ...['64', '128', '256'].map((value) => ({
    setting: 'heap, MB (a quarter of it at first)',
    value,
    tuned: { heap: [`-Xms${Number(value) / 4}m`, `-Xmx${value}m`] },
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

export const tuning: Part<'tuning'> = async (bench, keep) => {
  const tried: { setting: string; value: string; measured: Measured }[] = []
  for (const { setting, value, tuned } of CHANGES) {
    bench.say(`The twin with ${setting} ${value}`)
    await bench.attempt(`the twin with ${setting} ${value}`, () =>
      whenWarm(bench, streams('at_least_once', tuned), 1, async ({ at }) => {
        for (const ratePerS of RATES) {
          const measured = await at(ratePerS, bench.options.durationMs)
          tried.push({ setting, value, measured })
          keep({ tried })
        }
      }),
    )
  }
}
