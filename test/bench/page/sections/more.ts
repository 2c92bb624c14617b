/** Hot paths alone, and the log of the twin's tuning. Pure. */
import type { Parts } from '../../results.ts'
import { coresOf, deciderMb, verdictOf } from '../across.ts'
import { table } from '../markdown.ts'

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
  return `## The twin's tuning

One setting changed at a time, at least once, each a deployment of its own, warm. Each was measured once, and the machine
changes by the minute: what differs by less than a half may be that. Its configuration and why:
[test/bench/kafka-streams](../test/bench/kafka-streams/README.md).

${table(
  ['setting', 'value', 'calls/s', 'p50', 'p99', 'max', 'cores', 'MB', 'verdict'],
  tried.map(({ setting, value, measured }) => [
    setting,
    value === '' ? '–' : value,
    measured.ratePerS,
    measured.stored.p50,
    measured.stored.p99,
    measured.stored.max,
    coresOf(measured, 'decider').toFixed(2),
    deciderMb(measured),
    verdictOf(measured),
  ]),
)}
`
}
