/**
 * Measures crosspoint, the skeleton of its topology and a Kafka Streams twin side by side, on a broker of
 * its own: `npm run bench -- --help` tells what it can do. Results are one JSON file (results.ts), the page
 * is made from that alone (page/page.ts).
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommanderError } from 'commander'
import { findJava } from '../../infra/embedded/jvm.ts'
import { CrosspointError } from '../../services/errors.ts'
import { describeError, exitCodeOf } from '../../services/platform/error-text.ts'
import { startBenchCluster } from './cluster.ts'
import { benchOptions, type PartName } from './options.ts'
import { capacity } from './parts/capacity.ts'
import { micro } from './parts/micro.ts'
import { type Bench, type Part, warmBroker } from './parts/part.ts'
import { rates, twin } from './parts/rates.ts'
import { restart } from './parts/restart.ts'
import { scale } from './parts/scale.ts'
import { sustained } from './parts/sustained.ts'
import { tuning } from './parts/tuning.ts'
import { describeRun } from './run.ts'
import { readResults, type Run, saveResults } from './results.ts'

const PARTS: { readonly [Name in PartName]: Part<Name> } = {
  rates,
  twin,
  capacity,
  sustained,
  restart,
  scale,
  micro,
  tuning,
}
/** Those that measure on the broker of this run. */
const ON_BROKER: readonly PartName[] = ['rates', 'twin', 'capacity', 'sustained', 'scale', 'tuning']
const INTERRUPTED = 130

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<void> {
  const options = benchOptions(args)
  mkdirSync(dirname(options.out), { recursive: true })
  let results = readResults(options.out)
  const java = await findJava(process.env)
  process.once('SIGINT', () => {
    say(`\nInterrupted; what was measured so far is in ${options.out}.`)
    process.exit(INTERRUPTED)
  })
  await using cluster = await startBenchCluster()
  let failed = 0
  let isWarm = false
  for (const name of options.parts) {
    say(`\n${name}`)
    const head = describeRun(java)
    const failures: Run['failures'] = []
    const bench: Bench = {
      options,
      cluster,
      say,
      async attempt(what, work) {
        try {
          return await work()
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error)
          failures.push({ what, why })
          say(`  FAILED ${what}: ${why}`)
          return null
        }
      },
    }
    if (!isWarm && ON_BROKER.includes(name)) {
      await warmBroker(bench)
      isWarm = true
    }
    let kept: object | null = null
    const keep = (left: object): void => {
      kept = left
      const run = { ...head, endedAt: new Date().toISOString(), failures }
      const next = { ...results, parts: { ...results.parts, [name]: { run, ...left } } }
      saveResults(options.out, next)
      results = next
    }
    await bench.attempt(name, () => PARTS[name](bench, keep))
    // Once more, with what failed last; of a part that left nothing the file must not hold an older one.
    if (kept !== null) keep(kept)
    else if (failures.length > 0) {
      const { [name]: _gone, ...parts } = results.parts
      results = { ...results, parts }
      saveResults(options.out, results)
    }
    failed += failures.length
  }
  say(`\nAll of it is in ${options.out}. The page: npm run bench:page -- ${options.out}`)
  if (failed > 0) process.exitCode = 1
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0
  else {
    const told =
      error instanceof CommanderError
        ? new CrosspointError('XP_USAGE', error.message.replace(/^error: /u, ''), {
            remedy: 'Read `npm run bench -- --help`.',
          })
        : error
    process.stderr.write(describeError(told, { json: false }))
    process.exitCode = exitCodeOf(told)
  }
}
