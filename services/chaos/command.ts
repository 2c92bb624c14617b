/** `crosspoint chaos`. */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import type { Command } from 'commander'
import { interruptible } from '../local/interruptible.ts'
import { example } from '../platform/environment.ts'
import { runCampaign } from './campaign.ts'
import { CATALOGUE } from './catalogue.ts'
import { chaosOptions, DEFAULT_SEED, type GivenOptions, SOAK_MS } from './options.ts'
import { checkPage, keepRuns } from './kept.ts'
import { soakOf } from './soak.ts'
import { createScreen, type Output } from './screen.ts'
import { listLines, progressLine, resultLine, summaryLines, troubleLines } from './text.ts'

export function register(program: Command): void {
  program
    .command('chaos')
    .description(
      'Break it on purpose: kills services and brokers, troubles the network and the systems asked while\n' +
        'calls come, then checks from the topics what became of every call. Starts a Kafka of its own.\n' +
        'Without --scenario and --soak it runs the table but for F25, the soak: some 35 minutes.\n' +
        'Exit code 0 when every run was valid and every promise held, 1 when not.',
    )
    .option('--list', 'what there is, and what each does')
    .option('--scenario <ids>', 'rows (F1) or scenarios (F1-half-window-backup), by commas')
    .option('--soak', 'faults at random in one long run (default: 30m), instead of scenarios')
    .option('--seed <number>', 'the same seed gives the same callers and calls (default: 1)')
    .option(
      '--duration <time>',
      'how long calls come at least: 20s, 5m, 20 (seconds); default: as each says',
    )
    .option('--brokers <number>', '3, or 1 for a quick try (default: 3)')
    .option('--json', 'print the results as JSON, the rest on standard error')
    .option('--report <file>', 'write the results as JSON')
    .option('--page <file>', 'refresh the rows of these scenarios in this Markdown page')
    .option(
      '--keep-logs',
      'keep logs, ground truth and an export of the audit, also where everything held',
    )
    .addHelpText(
      'after',
      example(
        ['crosspoint chaos --list', 'the whole table'],
        ['crosspoint chaos --scenario F1', 'kill routers in the middle of a window'],
        ['crosspoint chaos --scenario F12,F13 --brokers 1', 'hurt what is asked, quickly'],
        ['crosspoint chaos --soak --duration 2h --seed 7', 'at random, for as long as you like'],
      ),
    )
    .action(chaos)
}

async function chaos(given: GivenOptions & { list?: true; json?: true }): Promise<void> {
  const json = given.json === true
  if (given.list === true) {
    const all = [...CATALOGUE, soakOf(DEFAULT_SEED, SOAK_MS)]
    const listed = all.map(({ id, row, title, expected }) => ({ id, row, title, expected }))
    const lines = json ? [JSON.stringify(listed, null, 2)] : listLines(all)
    process.stdout.write(`${lines.join('\n')}\n`)
    return
  }
  const options = chaosOptions(given, CATALOGUE)
  await interruptible(
    (signal) => run(options, json, signal),
    () => void process.stderr.write('\nInterrupted; everything is stopped.\n'),
  )
}

/** A busy machine makes decisions late by itself; whoever reads the verdict should know. */
function busyLines(): string[] {
  const [load = 0] = loadavg()
  const cores = cpus().length
  if (load < cores / 2) return []
  return [
    `This machine is busy (load ${load.toFixed(1)} on ${cores} cores): calls may be late for that.`,
  ]
}

async function run(
  options: ReturnType<typeof chaosOptions>,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const output: Output = json ? process.stderr : process.stdout
  const screen = createScreen(output)
  const { scenarios, seed, brokers, reportFile, page, keepLogs } = options
  if (page !== null) checkPage(page)
  let beganMs = 0
  let phase = ''
  for (const line of busyLines()) screen.say(line)
  screen.say(`scenarios: ${scenarios.length}, brokers: ${brokers}, seed: ${seed}`)
  const environment = process.env
  const { results, failures, logs } = await runCampaign(
    scenarios,
    { brokers, seed, environment, signal, keepLogs, say: (line) => screen.say(line) },
    {
      began({ id, title }, index) {
        beganMs = performance.now()
        phase = ''
        screen.say(`\n${index + 1} of ${scenarios.length}  ${id}: ${title}`)
      },
      progress(scenario, progress) {
        const isNews = progress.phase !== phase
        phase = progress.phase
        screen.now(progressLine(scenario, progress, performance.now() - beganMs), isNews)
      },
      ended(_, result) {
        screen.say(resultLine(result))
        if (page !== null) keepRuns(page, [...CATALOGUE, soakOf(seed, SOAK_MS)], [result])
        for (const line of troubleLines(result)) screen.say(line)
      },
      unfit: ({ id }, reason) => screen.say(`INVALID ${id}: ${reason}`),
      failed: ({ id }, reason) => screen.say(`FAIL    ${id}: could not be run: ${reason}`),
    },
  )
  if (results.length > 1) for (const line of ['', ...summaryLines(results)]) screen.say(line)
  if (logs !== null) screen.say(`\nLogs and ground truth: ${logs}`)
  const report = { seed, brokers, results, failures }
  if (reportFile !== null) writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`)
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  const passed = failures.length === 0 && results.every(({ verdict }) => verdict === 'PASS')
  if (!passed) process.exitCode = 1
}
