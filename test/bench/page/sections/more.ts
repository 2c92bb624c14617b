/** Hot paths alone, and the log of the twin's tuning. Pure. */
import type { Parts } from '../../results.ts'
import { coresOf, deciderMb, rowsOf } from '../across.ts'
import { type Cell, table, told } from '../markdown.ts'

export function microSection({ figures }: NonNullable<Parts['micro']>): string {
  return `## The hot paths alone

Microseconds of a core for one operation. *x reference* compares across machines: the quickest batch as a multiple of the
quickest batch of a fixed piece of work (parsing and writing 5 KB of JSON), taken before and after.

${table(
  ['path', 'p50, µs', 'p99, µs', 'x reference', 'heap, bytes', 'per'],
  figures.map(({ name, p50, p99, times, bytes, per }) => [
    name,
    p50.toFixed(2),
    p99.toFixed(2),
    times.toFixed(3),
    Math.round(bytes),
    per,
  ]),
)}
`
}

export function tuningSection({ tried }: NonNullable<Parts['tuning']>): string {
  const bySetting = Map.groupBy(tried, ({ setting, value }) => `${setting} ${value}`)
  const lines = [...bySetting.values()].flatMap((same) =>
    rowsOf(same.map(({ measured }) => measured)).map((row): Cell[] => [
      same[0]?.setting ?? '',
      same[0]?.value || '–',
      row.ratePerS,
      told(row.of(({ stored }) => stored.p50)),
      told(row.of(({ stored }) => stored.p99)),
      told(row.of(({ stored }) => stored.max)),
      told(
        row.of((one) => coresOf(one, 'decider')),
        2,
      ),
      told(row.of(deciderMb)),
      `${row.borne} of ${row.measured.length}`,
    ]),
  )
  return `## The twin's tuning

One setting changed at a time, at least once, each a deployment of its own, warm. Most were measured once, and the machine
changes by the minute: what differs by less than a half may be that. So those that were quickest were measured again
beside what is run, in turns (least, middle and most; the first is the one they were chosen by). *As run* is its
configuration at the commit of this part (the table of runs). Its configuration now, and why:
[test/bench/kafka-streams](../test/bench/kafka-streams/README.md).

${table(['setting', 'value', 'calls/s', 'p50', 'p99', 'max', 'cores', 'MB', 'borne'], lines)}
`
}
