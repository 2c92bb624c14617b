/**
 * Measures crosspoint, the skeleton of its topology and a Kafka Streams twin side by side: the same
 * broker, the same calls, one after the other, in another order in each repetition.
 *
 *   npm run bench -- [--only a,b] [--rates 100,278] [--seconds 20] [--repetitions 3] [--beyond]
 *                    [--out FILE]
 *
 * `--beyond` goes on above the last rate until a contender breaks the objective (objective.ts).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster, type Cluster } from '../../infra/embedded/cluster.ts'
import { connect } from '../../services/local/connect.ts'
import { createNursery } from '../../services/local/nursery.ts'
import { metricsOf } from '../../services/local/processes.ts'
import { prepareTopics, removeTopics } from '../../services/local/topics.ts'
import { parseSettings, type Settings } from '../../services/platform/settings.ts'
import { loadPolicyFile } from '../../services/policy/load.ts'
import type { Contender, Running } from './contenders/contender.ts'
import { crosspoint } from './contenders/crosspoint.ts'
import { skeleton } from './contenders/skeleton.ts'
import { jvmPausesMs, streams } from './contenders/streams.ts'
import { openCaller, type Caller } from './load.ts'
import { pausesIn } from './measure/node-metrics.ts'
import { percentilesOf } from './measure/percentiles.ts'
import { watchProcesses } from './measure/processes.ts'
import { brokenBy } from './objective.ts'
import { describeRun, saveResults, type Measured, type Results } from './results.ts'

const CONTENDERS: readonly Contender[] = [
  skeleton,
  crosspoint('instant'),
  streams('at_least_once'),
  streams('exactly_once_v2'),
  crosspoint('real'),
]
const ROOT = join(import.meta.dirname, '..', '..')
const POLICY_FILE = join(ROOT, 'policy', 'policy.yaml')
const SEED = 11
/** A cold JVM and a cold compiler cost hundreds of milliseconds in the first seconds. */
const WARM_UP = { ratePerS: 278, durationMs: 12_000 }
const BEYOND = 1.25
const RATE_MAX = 10_000

interface Options {
  readonly contenders: readonly Contender[]
  readonly rates: readonly number[]
  readonly durationMs: number
  readonly repetitions: number
  readonly beyond: boolean
  readonly out: string
}

function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rates: { type: 'string', default: '100,278,600,1000,1500' },
      seconds: { type: 'string', default: '20' },
      repetitions: { type: 'string', default: '3' },
      beyond: { type: 'boolean', default: false },
      out: { type: 'string', default: join(ROOT, '.crosspoint', 'bench.json') },
    },
  })
  const only = values.only?.split(',') ?? CONTENDERS.map(({ name }) => name)
  const unknown = only.filter((name) => !CONTENDERS.some((one) => one.name === name))
  if (unknown.length > 0) {
    const names = CONTENDERS.map(({ name }) => name).join(', ')
    throw new Error(`There is no contender ${unknown.join(', ')}; there are ${names}.`)
  }
  const rates = values.rates.split(',').map(Number)
  const numbers = [...rates, Number(values.seconds), Number(values.repetitions)]
  if (numbers.some((number) => !(number > 0))) {
    throw new Error('--rates, --seconds and --repetitions are numbers above 0.')
  }
  return {
    contenders: CONTENDERS.filter(({ name }) => only.includes(name)),
    rates,
    durationMs: Number(values.seconds) * 1000,
    repetitions: Number(values.repetitions),
    beyond: values.beyond,
    out: values.out,
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** The rates as wanted, then ever higher ones while they are borne. */
function* ratesOf({ rates, beyond }: Options, isBorne: () => boolean): Generator<number> {
  yield* rates
  if (!beyond) return
  for (let rate = (rates.at(-1) ?? 0) * BEYOND; isBorne() && rate < RATE_MAX; rate *= BEYOND) {
    yield Math.round(rate / 50) * 50
  }
}

async function measure(
  contender: Contender,
  repetition: number,
  options: Options,
  cluster: Cluster,
  keep: (measured: Measured) => void,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const environment = {
    ...process.env,
    KAFKA_BROKERS: cluster.brokers,
    SCHEMA_REGISTRY_URL: cluster.registryUrl,
    TOPIC_PREFIX: `${contender.name}-${repetition}.`,
    POLICY_FILE,
    CONNECTORS_FILE: join(ROOT, 'policy', 'connectors.yaml'),
    TOKEN_KEY: 'a key for measuring only, of enough bytes',
    STUB_PACE: 'instant',
  }
  const settings: Settings = parseSettings(environment)
  await prepareTopics(settings)
  stack.defer(() => removeTopics(settings))
  const signal = new AbortController().signal
  const nursery = createNursery({ environment, folder, signal })
  stack.defer(() => nursery.stop())
  const running = await contender.start({ nursery, folder, environment, seed: SEED })
  stack.defer(() => running.stop())
  const caller = await openCaller({
    ...(await connect(settings, 'bench', stack)),
    partitions: settings.CALL_PARTITIONS,
    windowMs: loadPolicyFile(POLICY_FILE).windowMs,
    seed: SEED,
  })
  stack.defer(() => caller.close())
  await caller.run(WARM_UP.ratePerS, WARM_UP.durationMs)
  const broker = { name: 'broker', pid: cluster.pid(1) ?? 0 }
  let borne = true
  for (const ratePerS of ratesOf(options, () => borne)) {
    const at = { contender: contender.name, repetition, ratePerS, durationMs: options.durationMs }
    const measured = await measureRate(at, running, caller, broker, () => jvmPausesMs(folder))
    keep(measured)
    borne = measured.broken.length === 0
  }
}

async function measureRate(
  at: Pick<Measured, 'contender' | 'repetition' | 'ratePerS' | 'durationMs'>,
  running: Running,
  caller: Caller,
  broker: { readonly name: string; readonly pid: number },
  jvmPauses: () => readonly number[] | null,
): Promise<Measured> {
  const taken = watchProcesses([
    ...running.processes,
    broker,
    { name: 'switch and ACD', pid: process.pid },
  ])
  const result = await caller.run(at.ratePerS, at.durationMs)
  const processes = taken()
  const pauses = running.programs.map(
    async (program) => [program.name, pausesIn(await metricsOf(program))] as const,
  )
  const jvm = jvmPauses()
  return {
    ...at,
    ...result,
    jvmPausesMs: jvm === null ? null : percentilesOf(jvm),
    broken: brokenBy(result),
    processes,
    pauses: Object.fromEntries(await Promise.all(pauses)),
  }
}

function tell({ contender, ratePerS, stored, seen, broken, processes }: Measured): void {
  const cpuS = processes.reduce((sum, one) => sum + one.cpuS, 0)
  const largest = Math.max(...processes.filter(isService).map(({ residentMb }) => residentMb))
  say(
    `${contender.padEnd(20)} ${String(ratePerS).padStart(5)}/s  stored p50 ${stored.p50} ` +
      `p99 ${stored.p99} max ${stored.max} ms  seen p99 ${seen.p99} ms  ` +
      `CPU ${cpuS.toFixed(1)} s  largest ${largest} MB  ${broken.length === 0 ? 'borne' : broken.join(', ')}`,
  )
}

const isService = ({ name }: { readonly name: string }): boolean =>
  !['broker', 'switch and ACD', 'stubs'].includes(name)

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2))
  mkdirSync(join(options.out, '..'), { recursive: true })
  await using cluster = await startCluster({ brokers: 1, registry: true, jit: 'full', heapMb: 768 })
  const head = describeRun(
    Object.fromEntries(options.contenders.map((one) => [one.name, one.title])),
  )
  const measured: Measured[] = []
  for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
    const turn = (repetition - 1) % options.contenders.length
    const order = [...options.contenders.slice(turn), ...options.contenders.slice(0, turn)]
    say(
      `Repetition ${repetition} of ${options.repetitions}: ${order.map(({ name }) => name).join(', ')}`,
    )
    for (const contender of order) {
      await measure(contender, repetition, options, cluster, (one) => {
        measured.push(one)
        tell(one)
        saveResults(options.out, { ...head, measured } satisfies Results)
      })
    }
  }
  say(`All of it is in ${options.out}.`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
