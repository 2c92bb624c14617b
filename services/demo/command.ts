/** `crosspoint demo`. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CrosspointError } from '../errors.ts'
import { interruptible } from '../local/interruptible.ts'
import { example } from '../platform/environment.ts'
import { demoOptions, DURATION_S_MIN, type GivenOptions, RATE_MAX } from './options.ts'
import { reportLines } from './report-text.ts'
import { runDemo, type DemoResult } from './run.ts'
import { createScreen } from './screen.ts'

const EXAMPLE = join(import.meta.dirname, '..', '..', 'policy')

export function register(program: Command): void {
  program
    .command('demo')
    .description(
      'Watch calls being routed on real Kafka while a CRM hangs, billing dies, a schedule goes stale and\n' +
        'the priority database is unreachable; then read why each call went where it went.\n' +
        'Uses KAFKA_BROKERS and SCHEMA_REGISTRY_URL if set, else starts a Kafka of its own.\n' +
        'Exit code 0 when all promises held, 1 when not.',
    )
    .option('--calls <number>', 'how many calls (default: rate times duration)')
    .option('--rate <number>', `calls a second, up to ${RATE_MAX} (default: 50)`)
    .option('--duration <seconds>', `how long calls come, ${DURATION_S_MIN} or more (default: 60)`)
    .option('--seed <number>', 'the same seed gives the same callers and calls (default: 1)')
    .option('--report <file>', 'write the whole report as JSON')
    .option('--keep', 'leave the cluster running, and print how to reach it')
    .addHelpText(
      'after',
      example(
        ['crosspoint demo', 'a minute at 50 calls a second'],
        ['crosspoint demo --duration 20 --rate 100', 'shorter and denser'],
        ['crosspoint demo --keep', 'look around afterwards: audit tail, audit show'],
      ),
    )
    .action(demo)
}

async function demo(given: GivenOptions): Promise<void> {
  const options = demoOptions(given)
  if (options.reportFile !== null) checkWritable(options.reportFile)
  const screen = createScreen(process.stdout)
  const print = (line: string): void => void process.stdout.write(`${line}\n`)
  const run = async (signal: AbortSignal): Promise<void> => {
    const result = await runDemo(options, {
      environment: process.env,
      policyFile: join(EXAMPLE, 'policy.yaml'),
      connectorsFile: join(EXAMPLE, 'connectors.yaml'),
      screen,
      signal,
    })
    for (const line of reportLines(result.report)) print(line)
    for (const line of partingLines(result)) print(line)
    if (options.reportFile !== null) {
      writeFileSync(options.reportFile, `${JSON.stringify(result.report, null, 2)}\n`)
    }
    if (!result.report.passed) process.exitCode = 1
  }
  const parting = (): void => {
    const what = options.keep ? 'the programs are' : 'everything is'
    print(`Interrupted; ${what} stopped.`)
  }
  const ending = async (signal: AbortSignal): Promise<void> => {
    try {
      await run(signal)
    } catch (error) {
      screen.leave()
      if (options.keep) print('A cluster that the demo started runs on; `make down` stops it.')
      throw error
    } finally {
      screen.leave()
    }
  }
  await interruptible(ending, parting)
}

function partingLines({ exports, logs, report }: DemoResult): string[] {
  const [story] = report.stories
  const look = story === undefined ? [] : [`  bin/crosspoint audit show ${story.callId}`]
  const kept =
    exports === null
      ? []
      : [
          '',
          'The cluster runs on (`make down` stops the one that the demo started). To look into it:',
          ...Object.entries(exports).map(([name, value]) => `  export ${name}=${value}`),
          ...look,
        ]
  return [...kept, ...(logs === null ? [] : ['', `Logs of the programs: ${logs}`])]
}

/** Before anything is started: a minute later would be too late to hear of a wrong path. */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'))
  } catch (cause) {
    const { code } = cause as { code?: string }
    const message = `the report can not be written to ${file} (${code})`
    throw new CrosspointError('XP_USAGE', message, { cause })
  }
}
