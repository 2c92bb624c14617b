/** The log of the twin's tuning: each setting changed alone, then the quickest of them again beside what is run, in turns. */
import { heapOf, streams, type Tuned } from '../contenders/streams.ts'
import { COMPARED_AT_PER_S } from '../objective.ts'
import { phaseMs } from '../options.ts'
import { quickest, type Tried } from './finalists.ts'
import { type Part, whenWarm } from './part.ts'

interface Change {
  readonly setting: string
  readonly value: string
  readonly tuned: Tuned
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
    tuned: { heap: heapOf(Number(value)) },
  })),
  {
    setting: 'heap, MB',
    value: "at most 512, the JVM's own at first",
    tuned: { heap: ['-Xmx512m'] },
  },
  { setting: 'collector', value: 'Serial', tuned: { collector: ['-XX:+UseSerialGC'] } },
  { setting: 'collector', value: 'Parallel', tuned: { collector: ['-XX:+UseParallelGC'] } },
  { setting: 'collector', value: 'ZGC', tuned: { collector: ['-XX:+UseZGC'] } },
]

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
        for (const ratePerS of COMPARED_AT_PER_S) {
          const measured = await at(ratePerS, phaseMs(bench.options, ratePerS))
          tried.push({ setting, value, measured })
          keep({ tried })
        }
      }),
    )
  }
  for (const change of CHANGES) await run(change, 1)
  const others = tried.filter(({ setting }) => setting !== AS_RUN.setting)
  const chosen = quickest(others, FINALISTS)
  const last = CHANGES.filter(
    (change) =>
      change === AS_RUN ||
      chosen.some(({ setting, value }) => setting === change.setting && value === change.value),
  )
  for (let repetition = 2; repetition <= bench.options.repetitions; repetition += 1) {
    for (const change of last) await run(change, repetition)
  }
}
