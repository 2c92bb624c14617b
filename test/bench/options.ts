/** What a benchmark run is asked to do, from its command line. Pure. */
import { join } from 'node:path'
import { Command } from 'commander'
import { CrosspointError } from '../../services/errors.ts'

export const PARTS = [
  'rates',
  'twin',
  'capacity',
  'sustained',
  'restart',
  'scale',
  'micro',
  'tuning',
] as const
export type PartName = (typeof PARTS)[number]

/** All that the page's conclusions rest on; tuning the twin is repeated only when its settings change. */
const USUAL_PARTS = PARTS.filter((part) => part !== 'tuning')

export const CONTENDER_NAMES = [
  'skeleton',
  'skeleton-kafkajs',
  'crosspoint-instant',
  'streams',
  'streams-eos',
  'crosspoint-real',
] as const
export type ContenderName = (typeof CONTENDER_NAMES)[number]

export interface BenchOptions {
  readonly parts: readonly PartName[]
  readonly only: readonly ContenderName[]
  readonly rates: readonly number[]
  readonly durationMs: number
  /** A phase of rare calls lasts longer, until about so many have come. */
  readonly callsMin: number
  readonly repetitions: number
  readonly sustainedMs: number
  readonly out: string
}

const DEFAULT_OUT = join(import.meta.dirname, '..', '..', '.crosspoint', 'bench.json')
const RATE_MAX = 10_000

function chosen<Name extends string>(
  option: string,
  given: string,
  known: readonly Name[],
): readonly Name[] {
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !known.some((one) => one === name))
  if (unknown.length > 0) {
    throw usage(`${option}: there is no ${unknown.join(', ')}; allowed: ${known.join(', ')}`)
  }
  return known.filter((name) => names.includes(name))
}

function whole(option: string, given: string, most: number): number {
  const value = /^\d+$/u.test(given.trim()) ? Number(given) : 0
  if (value >= 1 && value <= most) return value
  throw usage(`${option} is ${given}; allowed: a whole number, 1 to ${most}`)
}

const usage = (what: string): CrosspointError =>
  new CrosspointError('XP_USAGE', what, { remedy: 'Read `npm run bench -- --help`.' })

const HELP = `
Parts, in the order they run, and about how many minutes each takes as it is:
  rates      40  every contender at every rate, several times, each time in another order
  twin       15  crosspoint and the twin alone, eight times in turns at the rates of the promise
  capacity   20  the highest rate that crosspoint and the twin bear, searched for in turns
  sustained  18  the rates the product promises, for minutes
  restart     2  from a router's start to its first decision, with ever more to remember
  scale       9  what a call costs with more partitions, dependencies, open requests, rules
  micro       2  the hot paths alone
  tuning     20  the Kafka Streams twin, one setting changed at a time, the quickest again (only when named)

Contenders:
  skeleton            the same topics and client without codec, lookups and policy
  skeleton-kafkajs    the same by kafkajs as it is published
  crosspoint-instant  lookups answered inside the enrichers: the engine
  streams             the Kafka Streams twin, at least once
  streams-eos         the same, exactly once
  crosspoint-real     lookups over HTTP and SQL against servers on the same cores

It starts a Kafka of its own. Leave the machine alone meanwhile: everything shares its cores. Results are
saved after each step; parts that are not run keep what the file has of them, each with its date. Where the
machine's host takes cores away, phases of up to a minute are measured again, three times at most.

Examples:
  npm run bench                                  all but tuning, into .crosspoint/bench.json
  npm run bench -- --parts rates --only skeleton,crosspoint-instant --rates 278 --repetitions 1
  npm run bench -- --parts capacity --only crosspoint-real
  npm run bench:page -- .crosspoint/bench.json   make docs/performance.md of it
`

/** Prints and ends where help was asked for; throws XP_USAGE or commander's own error. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description(
      'Measure crosspoint beside the floor of its client and a Kafka Streams program of the same work.',
    )
    .option('--parts <names>', 'what to measure, by commas', USUAL_PARTS.join(','))
    .option('--only <names>', 'which contenders, by commas', CONTENDER_NAMES.join(','))
    .option('--rates <list>', 'calls a second, ascending, by commas', '100,278,600,1000,1500')
    .option('--seconds <number>', 'how long each rate lasts', '8')
    .option('--calls <number>', 'and longer where calls are rare, for so many of them', '4000')
    .option('--repetitions <number>', 'how often each contender meets every rate', '3')
    .option('--minutes <number>', 'how long a sustained rate lasts', '5')
    .option('--out <file>', 'where the results go (default: .crosspoint/bench.json)')
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parse(args, { from: 'user' })
  const given =
    command.opts<
      Record<
        'parts' | 'only' | 'rates' | 'seconds' | 'calls' | 'repetitions' | 'minutes' | 'out',
        string
      >
    >()
  const rates = given.rates.split(',').map((rate) => whole('--rates', rate, RATE_MAX))
  return {
    parts: chosen('--parts', given.parts, PARTS),
    only: chosen('--only', given.only, CONTENDER_NAMES),
    rates: [...new Set(rates)].toSorted((one, other) => one - other),
    durationMs: whole('--seconds', given.seconds, 3600) * 1000,
    callsMin: whole('--calls', given.calls, 1_000_000),
    repetitions: whole('--repetitions', given.repetitions, 20),
    sustainedMs: whole('--minutes', given.minutes, 24 * 60) * 60_000,
    out: given.out ?? DEFAULT_OUT,
  }
}

/** How long a phase lasts at a rate: of a hundred calls one is all there is to say of p99. */
export const phaseMs = (
  { durationMs, callsMin }: Pick<BenchOptions, 'durationMs' | 'callsMin'>,
  ratePerS: number,
): number => Math.max(durationMs, Math.ceil(callsMin / ratePerS) * 1000)
