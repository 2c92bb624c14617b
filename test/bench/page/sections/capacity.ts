/** The highest rate that each contender bore, and who won. Pure. */
import { RESOLUTION } from '../../parts/search.ts'
import type { Measured, Parts } from '../../results.ts'
import { cpuMsPerCall, rowsOf, stolenText } from '../across.ts'
import { table } from '../markdown.ts'

type Capacity = NonNullable<Parts['capacity']>

export function capacitySection({ found }: Capacity, rates: readonly Measured[]): string {
  const rows = found.map(({ contender, confirmed, probes }) => {
    const broken = probes
      .filter(
        ({ broken: why, ratePerS }) => why.length > 0 && ratePerS > (confirmed?.ratePerS ?? 0),
      )
      .toSorted((one, other) => one.ratePerS - other.ratePerS)[0]
    return [
      contender,
      confirmed === null ? 'none found' : `${confirmed.ratePerS} calls/s`,
      confirmed === null ? '–' : confirmed.stored.p99,
      confirmed === null ? '–' : cpuMsPerCall(confirmed, 'decider', 'enricher').toFixed(2),
      confirmed === null ? '–' : cpuMsPerCall(confirmed, 'broker').toFixed(2),
      confirmed === null ? '–' : cpuMsPerCall(confirmed, 'load').toFixed(2),
      confirmed === null ? '–' : stolenText([confirmed]),
      broken === undefined ? '–' : `${broken.ratePerS}/s: ${broken.broken.join('; ')}`,
    ]
  })
  return `## Capacity

The highest rate that was borne when it was searched for, and held again three times as long. Everything
shares the same cores, so what the services take, the broker and the measuring side can't have; CPU is
milliseconds a call at that rate.

${table(['contender', 'capacity', 'p99 there, ms', 'CPU: services', 'broker', 'switch and ACD', 'stolen', 'first breach'], rows)}

${winnerOf({ found })}
${contradictions(found, rates)}`
}

/** Rates above a capacity that were borne when they were measured for the tables of latency. */
function contradictions(found: Capacity['found'], rates: readonly Measured[]): string {
  const lines = rowsOf(rates).flatMap(({ contender, ratePerS, borne, measured }) => {
    const capacity =
      found.find((one) => one.contender === contender)?.confirmed?.ratePerS ?? Infinity
    const times = `${borne} of ${measured.length} times`
    return borne > 0 && ratePerS > capacity ? [`${contender} ${ratePerS}/s ${times}`] : []
  })
  return lines.length === 0
    ? ''
    : `\nBorne for the shorter time of the tables of latency, in other minutes: ${lines.join(', ')}.\n`
}

/** Who of crosspoint and the twin bears more, and by what it spends. */
function winnerOf({ found }: Pick<Capacity, 'found'>): string {
  const confirmed = (name: string) => found.find(({ contender }) => contender === name)?.confirmed
  const [ours, twin] = [confirmed('crosspoint-instant'), confirmed('streams')]
  if (ours === undefined || ours === null || twin === undefined || twin === null) return ''
  const [winner, loser] = ours.ratePerS > twin.ratePerS ? [ours, twin] : [twin, ours]
  const alike = winner.ratePerS <= loser.ratePerS * RESOLUTION
  const spends = (one: typeof ours): string =>
    `${cpuMsPerCall(one, 'decider').toFixed(2)} ms of a core in what decides, ` +
    `${cpuMsPerCall(one, 'enricher').toFixed(2)} in the enrichers and ` +
    `${cpuMsPerCall(one, 'broker').toFixed(2)} in the broker`
  const verdict = alike
    ? 'Crosspoint and the at-least-once twin bore about as much'
    : `Of crosspoint and the at-least-once twin, ${winner.contender} bore more`
  return (
    `${verdict} (${winner.ratePerS} and ${loser.ratePerS} calls/s). That is one search each, one after the other, on a ` +
    'machine that changes by the minute: another may say otherwise. At its capacity a call costs ' +
    `${winner.contender} ${spends(winner)}; ${loser.contender} ${spends(loser)}. ` +
    'The enrichers are the same programs in both, and on shared cores the sum is what counts. ' +
    "What decides differs in this: crosspoint's process also reads its decisions back and writes `call.context`; " +
    "the twin's uses several threads and writes changelogs, which the broker pays for."
  )
}
