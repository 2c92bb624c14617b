/** Every contender at every rate: latency, cost, pauses, bytes. Pure. */
import { LOAD, roleOf } from '../../measure/roles.ts'
import type { Measured, Parts } from '../../results.ts'
import {
  allMb,
  coresOf,
  deciderMb,
  largestMb,
  mbOf,
  type Row,
  rowsOf,
  spreadOf,
  stolenText,
} from '../across.ts'
import { grouped, table, told } from '../markdown.ts'

type Rates = NonNullable<Parts['rates']>

const latencyTable = (rows: readonly Row[]): string =>
  table(
    [
      'contender',
      'calls/s',
      'p50',
      'p95',
      'p99',
      'p99.9',
      'max',
      'seen p50',
      'p95',
      'p99',
      'p99.9',
      'max',
      'late',
      'undecided',
      'stolen',
      'borne',
    ],
    rows.map((row) => [
      row.contender,
      row.ratePerS,
      told(row.of(({ stored }) => stored.p50)),
      told(row.of(({ stored }) => stored.p95)),
      told(row.of(({ stored }) => stored.p99)),
      thousandth(row, ({ stored }) => stored.p999),
      told(row.of(({ stored }) => stored.max)),
      told(row.of(({ seen }) => seen.p50)),
      told(row.of(({ seen }) => seen.p95)),
      told(row.of(({ seen }) => seen.p99)),
      thousandth(row, ({ seen }) => seen.p999),
      told(row.of(({ seen }) => seen.max)),
      told(row.of(({ late }) => late)),
      told(row.of(({ undecided }) => undecided)),
      stolenText(row.measured),
      `${row.borne} of ${row.measured.length}`,
    ]),
  )

/** Of fewer calls than these, one in a thousand is none. */
const FOR_THOUSANDTHS = 1000

const thousandth = (row: Row, of: (one: Measured) => number): string =>
  row.measured.every(({ sent }) => sent >= FOR_THOUSANDTHS) ? told(row.of(of)) : '–'

/** Why rates were not borne, each kind of breach once. */
function breaches(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ contender, ratePerS, measured }) => {
    const broken = measured.flatMap((one) => one.broken)
    return broken.length === 0 ? [] : [`- ${contender} at ${ratePerS}/s: ${broken.join('; ')}`]
  })
  return lines.length === 0
    ? ''
    : `What was broken, in one repetition or another:\n\n${lines.join('\n')}\n`
}

const costTable = (rows: readonly Row[]): string =>
  table(
    [
      'contender',
      'calls/s',
      'cores: decider',
      'enrichers',
      'systems asked',
      'broker',
      'switch and ACD',
      'MB: decider',
      'largest',
      'all services',
      'broker',
    ],
    rows.map((row) => [
      row.contender,
      row.ratePerS,
      told(
        row.of((one) => coresOf(one, 'decider')),
        2,
      ),
      told(
        row.of((one) => coresOf(one, 'enricher')),
        2,
      ),
      told(
        row.of((one) => coresOf(one, 'stubs')),
        2,
      ),
      told(
        row.of((one) => coresOf(one, 'broker')),
        2,
      ),
      told(
        row.of((one) => coresOf(one, 'load')),
        2,
      ),
      told(row.of(deciderMb)),
      told(row.of(largestMb)),
      told(row.of(allMb)),
      told(row.of((one) => mbOf(one, 'broker'))),
    ]),
  )

function pausesTable(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const names = [...new Set(row.measured.flatMap(({ pauses }) => Object.keys(pauses)))]
    const services = (['decider', 'enricher'] as const).flatMap((role) =>
      names.filter((name) => roleOf(name) === role),
    )
    return [...services, LOAD].map((name) => {
      const of = (value: (pauses: Measured['pauses'][string]) => number | null): string => {
        const values = row.measured.flatMap(({ pauses }) => {
          const found = pauses[name] === undefined ? null : value(pauses[name])
          return found === null ? [] : [found]
        })
        return values.length === 0 ? '–' : Math.max(...values).toFixed(1)
      }
      return [
        row.contender,
        row.ratePerS,
        name,
        of(({ gcCount }) => gcCount).replace('.0', ''),
        of(({ gcS }) => gcS * 1000),
        of(({ gcMaxMs }) => gcMaxMs),
        of(({ loopP99Ms }) => loopP99Ms),
        of(({ loopMaxMs }) => loopMaxMs),
      ]
    })
  })
  return table(
    [
      'contender',
      'calls/s',
      'process',
      'collections',
      'in all, ms',
      'longest, ms',
      'loop p99, ms',
      'loop max, ms',
    ],
    lines,
  )
}

function bytesTable(measured: readonly Measured[]): string {
  const contenders = [...Map.groupBy(measured, ({ contender }) => contender)]
  const lines = contenders.flatMap(([contender, own]) => {
    const calls = own.reduce((sum, { sent }) => sum + sent, 0)
    const topics = Map.groupBy(
      own.flatMap((one) => one.topics),
      ({ topic }) => topic,
    )
    return [...topics].flatMap(([topic, all]) => {
      const records = all.reduce((sum, one) => sum + one.records, 0) / calls
      const bytes = all.reduce((sum, one) => sum + one.bytes, 0) / calls
      // Of topics that are not ours (changelogs) the broker's logs tell bytes alone.
      const count = records === 0 ? '–' : records.toFixed(2)
      return bytes < 1 ? [] : [[contender, topic, count, bytes.toFixed(0)]]
    })
  })
  return table(['contender', 'topic', 'records a call', 'bytes a call'], lines)
}

/** Of the seconds after a start, these. */
const SECONDS = [1, 2, 3, 5, 8]

function firstSecondsTable(warmUps: readonly Measured[]): string {
  const rows = rowsOf(warmUps).map((row) => [
    row.contender,
    row.ratePerS,
    ...SECONDS.map((second) => {
      const known = row.measured.flatMap(({ slices }) => slices[second - 1]?.p99 ?? [])
      return known.length === 0 ? '–' : told(spreadOf(known))
    }),
  ])
  const head = ['contender', 'calls/s', ...SECONDS.map((second) => `p99 of second ${second}`)]
  return rows.length === 0 ? '' : table(head, rows)
}

function howLong(measured: readonly Measured[]): string {
  if (measured.length === 0) return ''
  const seconds = Math.min(...measured.map(({ durationMs }) => durationMs)) / 1000
  const calls = Math.min(...measured.map(({ sent }) => sent))
  return `Each rate lasted ${seconds} s or more, and ${grouped(calls)} calls or more: a p99 rests on ${Math.floor(calls / 100)} of them at least. Stored times are whole\nmilliseconds.`
}

export function ratesSection({ measured, warmUps }: Rates): string {
  const rows = rowsOf(measured)
  const repetitions = Math.max(0, ...rows.map((row) => row.measured.length))
  return `## Latency

${howLong(measured)} The middle of ${repetitions} times stands, with least and most.

![p99 by rate](performance/latency-p99.svg)

${latencyTable(rows)}

${breaches(rows)}
### The first seconds

A process that has just started is slower: a JVM compiles what it runs, and so does Node. The tables leave
8 seconds and about 15,000 calls out, after which the twin may still compile (its compiler's threads run at nice 10, and
100 calls/s come first); the ${warmUps.length} starts of this run looked like this.

![p99 of the first seconds](performance/first-seconds.svg)

${firstSecondsTable(warmUps)}

## Cost

Cores are CPU seconds a second, over the phase and what was caught up with after it. The *decider* is what joins and
decides: crosspoint's router with its auditor, the twin's program, the skeleton's router. The switch and the ACD of the
benchmark share the cores with what they measure; theirs are told as well. MB are the most that was resident at any look.

![cores by rate](performance/cores.svg)

![memory by rate](performance/memory.svg)

${costTable(rows)}

<details><summary>Pauses: garbage collection and event loop, the worst of all repetitions</summary>

Services tell sums, so that their longest collection is not known (–): it stopped the loop, whose longest stop is. The
skeleton's have no metrics page.

${pausesTable(rows)}

</details>

<details><summary>Records and bytes a call, as they lie in the broker's logs</summary>

The mean of all rates. Records are counted by offsets, so with exactly-once the markers of transactions count as well;
of changelogs the logs tell bytes alone (–). An \`audit.late\` is no late decision: it tells of an answer that came when
the route was certain without it. Whoever decides sooner has more of them, and of \`audit.fallback\` and \`call.context\`.

${bytesTable(measured)}

</details>
`
}
