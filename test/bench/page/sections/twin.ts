/** Crosspoint and the Kafka Streams twin, pair by pair. Pure. */
import type { Parts } from '../../results.ts'
import { deciderMb, pairsOf } from '../across.ts'
import { grouped, table } from '../markdown.ts'
import { ONE_IN } from '../sign-test.ts'

export function twinSection({ measured }: NonNullable<Parts['twin']>): string {
  const rates = [...new Set(measured.map(({ ratePerS }) => ratePerS))]
  const rows = rates.flatMap((ratePerS) =>
    pairsOf(measured, ratePerS, 'streams').map(([ours, its]) => [
      ratePerS,
      ours.repetition,
      ours.stored.p50,
      its.stored.p50,
      ours.stored.p99,
      its.stored.p99,
      ours.seen.p99,
      its.seen.p99,
      deciderMb(ours),
      deciderMb(its),
    ]),
  )
  const calls = Math.min(...measured.map(({ sent }) => sent), Infinity)
  return `## Beside the twin, pair by pair

One after the other, who is first changing, ${Number.isFinite(calls) ? grouped(calls) : 'no'} calls or more each. Of each pair of columns the first is crosspoint-instant's, the
second that of streams. Minutes of this machine differ by more than these two do, so pairs decide and not their extremes: a
verdict needs so many pairs of one sign as equals would give in at most one of ${ONE_IN} runs (seven of eight, five of five).

${table(['calls/s', 'pair', 'p50', 'p50', 'p99', 'p99', 'seen p99', 'seen p99', 'MB', 'MB'], rows)}
`
}
