/**
 * How fast `what-if` is: made-up recordings of the example policy, written as an export, then decided
 * again with nothing changed, with more patience and by another policy. Prints totals, no more: records a second, CPU
 * seconds, and the peak memory of the process with all its workers.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPolicyFile } from '../../services/policy/load.ts'
import { asked, wholeNumber } from '../script.ts'
import { writeExport } from './export-folder.ts'

const CLI = new URL('../../services/cli.ts', import.meta.url).pathname
const POLICY = new URL('../../policy/policy.yaml', import.meta.url).pathname

const USAGE = `npm run bench:what-if -- [RECORDS] [FOLDER]
  RECORDS  how many are made up (default: 1000000)
  FOLDER   where they are kept; one that is there already is used as it is, so that runs can be compared`

const RECORDS = '1000000'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function measure(folder: string, name: string, args: readonly string[]): void {
  const measured = `process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    process.stderr.write(JSON.stringify({ maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }))
  })`
  const hook = `data:text/javascript,${encodeURIComponent(measured)}`
  const from = performance.now()
  const run = spawnSync(
    process.execPath,
    ['--import', hook, CLI, 'what-if', '--export', folder, '--json', ...args],
    { encoding: 'utf8', maxBuffer: 64_000_000 },
  )
  const tookMs = performance.now() - from
  if (run.status !== 0) throw new Error(`${name} ended with ${run.status}: ${run.stderr}`)
  const { decisions, identical, lateAnswers } = JSON.parse(run.stdout) as Record<string, number>
  const last = /\{"maxRSS".*?\}/u.exec(run.stderr)?.[0] ?? '{}'
  const { maxRSS = 0, cpuMs = 0 } = JSON.parse(last) as Record<string, number>
  const rate = Math.round((decisions ?? 0) / (tookMs / 1000))
  const more = args.length === 0 ? `, ${identical} identical` : `, ${lateAnswers} late answers`
  process.stdout.write(
    `${name.padEnd(16)} ${decisions} decisions${more}: ${seconds(tookMs)}, ${rate} a second, ` +
      `${seconds(cpuMs)} of CPU, peak ${Math.round(maxRSS / 1024)} MB\n`,
  )
}

function main(): void {
  const [records = RECORDS, kept] = process.argv.slice(2)
  const count = wholeNumber('records', records)
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  try {
    if (!existsSync(join(folder, 'export.json'))) {
      const from = performance.now()
      writeExport(folder, loadPolicyFile(POLICY), { seed: 1, count })
      process.stdout.write(`made ${count} recordings in ${seconds(performance.now() - from)}\n`)
    }
    process.stdout.write(`${availableParallelism()} cores, Node ${process.version}\n`)
    measure(folder, 'nothing changed', [])
    measure(folder, 'more patience', ['--timeout', 'crm=3000', '--window', '3500'])
    const next = join(folder, 'next.yaml')
    const rules = readFileSync(POLICY, 'utf8').replace(
      'route: { target: billing,',
      'route: { target: senior,',
    )
    writeFileSync(next, rules)
    measure(folder, 'another policy', ['--policy', next])
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

await asked(USAGE, main)
