/**
 * Makes docs/performance.md and its plots from what a benchmark run left in its file, and keeps that
 * file beside them:
 *
 *   npm run bench:page -- .crosspoint/bench.json
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from '../results.ts'
import { capacityOf, coresOf, deciderMb, rowsOf, type Row, type Spread } from './across.ts'
import { plotSvg, type Series } from './plot.ts'

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs')
const FOLDER = join(DOCS, 'performance')

const told = ({ low, middle, high }: Spread, digits = 0): string =>
  low === high
    ? middle.toFixed(digits)
    : `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`

function seriesOf(rows: readonly Row[], value: (row: Row) => Spread): Series[] {
  const byName = Map.groupBy(rows, ({ contender }) => contender)
  return [...byName].map(([name, own]) => ({
    name,
    points: own.map((row) => ({ x: row.ratePerS, ...value(row) })),
  }))
}

function latencyTable(rows: readonly Row[]): string {
  const lines = rows.map((row) =>
    [
      row.contender,
      row.ratePerS,
      told(row.of(({ stored }) => stored.p50)),
      told(row.of(({ stored }) => stored.p95)),
      told(row.of(({ stored }) => stored.p99)),
      told(row.of(({ stored }) => stored.p999)),
      told(row.of(({ stored }) => stored.max)),
      told(row.of(({ seen }) => seen.p99)),
      told(row.of(({ late }) => late)),
      `${row.borne} of ${row.repetitions}`,
    ].join(' | '),
  )
  return [
    '| contender | calls/s | p50 | p95 | p99 | p99.9 | max | seen p99 | late | borne |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

function costTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cores = told(row.of(coresOf), 2)
    const broker = told(
      row.of((one) => cpuOf(one.processes, 'broker') / (one.durationMs / 1000)),
      2,
    )
    return `| ${row.contender} | ${row.ratePerS} | ${cores} | ${broker} | ${told(row.of(deciderMb))} |`
  })
  return [
    '| contender | calls/s | cores, own processes | cores, broker | decider resident, MB |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

const cpuOf = (processes: Results['measured'][number]['processes'], name: string): number =>
  processes.find((process) => process.name === name)?.cpuS ?? 0

function pageOf(results: Results, rows: readonly Row[]): string {
  const { machine, objective, contenders, startedAt, commit, command } = results
  const who = Object.entries(contenders).map(([name, title]) => `- **${name}**: ${title}`)
  const capacities = Object.keys(contenders).map((name) => {
    const capacity = capacityOf(rows, name)
    return `| ${name} | ${capacity === null ? 'none of those tried' : `${capacity} calls/s`} |`
  })
  return `# Performance

Made by \`npm run bench:page\` from [performance/results.json](performance/results.json), which
\`${command}\` wrote on ${startedAt.slice(0, 10)} at ${commit}: ${machine.cores} cores (${machine.model}),
${machine.memoryGb} GB, Node ${machine.node}. Broker, services, switch and ACD share those cores.

Times are milliseconds. *Stored* is from the append of the arrival to the append of the decision, *seen* from
the moment the call was meant to be sent until the ACD had its decision. Calls come at random moments
(exponential gaps), whatever becomes of them. Where contenders were run more than once, the middle of the
repetitions stands, with least and most. A rate is borne when p99 stays within ${objective.overheadP99Ms} ms,
nothing is late, undecided or decided twice, and all is decided within ${objective.catchUpMs} ms of the last
arrival.

${who.join('\n')}

## Latency

![p99 by rate](performance/latency-p99.svg)

${latencyTable(rows)}

## Highest rate borne by every repetition

| contender | rate |
|---|---|
${capacities.join('\n')}

## Cost

![cores by rate](performance/cores.svg)

${costTable(rows)}

The twin's configuration and how it was tuned: [test/bench/kafka-streams](../test/bench/kafka-streams/README.md).
`
}

const [file] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('Say which results: npm run bench:page -- .crosspoint/bench.json\n')
  process.exitCode = 2
} else {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  const rows = rowsOf(results)
  mkdirSync(FOLDER, { recursive: true })
  const kept = join(FOLDER, 'results.json')
  if (file !== kept) copyFileSync(file, kept)
  const latency = plotSvg({
    title: 'From arrival to decision, p99',
    xTitle: 'calls a second',
    yTitle: 'ms',
    series: seriesOf(rows, (row) => row.of(({ stored }) => stored.p99)),
    limit: { y: results.objective.overheadP99Ms, text: 'objective' },
  })
  const cores = plotSvg({
    title: 'Cores taken by the contender itself',
    xTitle: 'calls a second',
    yTitle: 'cores',
    series: seriesOf(rows, (row) => row.of(coresOf)),
  })
  writeFileSync(join(FOLDER, 'latency-p99.svg'), latency)
  writeFileSync(join(FOLDER, 'cores.svg'), cores)
  writeFileSync(join(DOCS, 'performance.md'), pageOf(results, rows))
}
