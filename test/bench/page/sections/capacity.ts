/** The highest rate that each contender bore, and who won. Pure. */
import { RESOLUTION } from '../../parts/search.ts'
import type { Measured, Parts } from '../../results.ts'
import { cpuMsPerCall, rowsOf, type Spread, spreadOf, stolenText } from '../across.ts'
import { table, told } from '../markdown.ts'

type Capacity = NonNullable<Parts['capacity']>
type Search = Capacity['found'][number]

/** All searches for one contender. */
interface Searched {
  readonly contender: string
  readonly searches: number
  /** Of the searches that found a rate. */
  readonly confirmed: readonly Measured[]
  /** Calls a second; a search that found none counts as 0. */
  readonly capacity: Spread
  /** The lowest rate above what a search found that was not borne. */
  readonly firstBreach: Measured | undefined
}

const searchedOf = (found: Capacity['found']): readonly Searched[] =>
  [...Map.groupBy(found, ({ contender }) => contender)].map(([contender, searches]) => ({
    contender,
    searches: searches.length,
    confirmed: searches.flatMap(({ confirmed }) => confirmed ?? []),
    capacity: spreadOf(searches.map(({ confirmed }) => confirmed?.ratePerS ?? 0)),
    firstBreach: searches
      .flatMap(breachesOf)
      .toSorted((one, other) => one.ratePerS - other.ratePerS)[0],
  }))

const breachesOf = ({ probes, confirmed }: Search): readonly Measured[] =>
  probes.filter(
    ({ broken, ratePerS }) => broken.length > 0 && ratePerS > (confirmed?.ratePerS ?? 0),
  )

export function capacitySection({ found }: Capacity, rates: readonly Measured[]): string {
  const all = searchedOf(found)
  const rows = all.map(({ contender, searches, confirmed, capacity, firstBreach }) => {
    const of = (value: (one: Measured) => number, digits: number): string =>
      confirmed.length === 0 ? '–' : told(spreadOf(confirmed.map(value)), digits)
    return [
      contender,
      confirmed.length === 0 ? 'none found' : told(capacity),
      `${confirmed.length} of ${searches}`,
      of(({ stored }) => stored.p99, 0),
      of((one) => cpuMsPerCall(one, 'decider', 'enricher'), 2),
      of((one) => cpuMsPerCall(one, 'broker'), 2),
      of((one) => cpuMsPerCall(one, 'load'), 2),
      confirmed.length === 0 ? '–' : stolenText(confirmed),
      firstBreach === undefined
        ? '–'
        : `${firstBreach.ratePerS}/s: ${firstBreach.broken.join('; ')}`,
    ]
  })
  return `## Capacity

The highest rate that was borne when it was searched for, and held again three times as long. Where there were several
searches, in turns, the middle stands, with least and most. A search may miss what is borne by ${Math.round((RESOLUTION - 1) * 100)} %. Everything shares
the same cores, so what the services take, the broker and the measuring side can't have; CPU is milliseconds a call at
that rate.

${table(['contender', 'capacity, calls/s', 'found', 'p99 there, ms', 'CPU: services', 'broker', 'switch and ACD', 'stolen', 'lowest rate not borne'], rows)}

${winnerOf(all)}
${contradictions(all, rates)}`
}

/** Rates above every capacity found that were borne when they were measured for the tables of latency. */
function contradictions(all: readonly Searched[], rates: readonly Measured[]): string {
  const lines = rowsOf(rates).flatMap(({ contender, ratePerS, borne, measured }) => {
    const most = all.find((one) => one.contender === contender)?.capacity.high ?? Infinity
    const times = `${borne} of ${measured.length} times`
    return borne > 0 && ratePerS > most ? [`${contender} ${ratePerS}/s ${times}`] : []
  })
  return lines.length === 0
    ? ''
    : `\nBorne for the shorter time of the tables of latency, in other minutes: ${lines.join(', ')}.\n`
}

/** Who of crosspoint and the twin bears more, and by what it spends. */
function winnerOf(all: readonly Searched[]): string {
  const find = (name: string) => all.find(({ contender }) => contender === name)
  const [ours, twin] = [find('crosspoint-instant'), find('streams')]
  if (ours === undefined || twin === undefined) return ''
  if (ours.confirmed.length === 0 || twin.confirmed.length === 0) return ''
  const spends = ({ contender, confirmed }: Searched): string => {
    const of = (...roles: Parameters<typeof cpuMsPerCall>[1][]): string =>
      told(spreadOf(confirmed.map((one) => cpuMsPerCall(one, ...roles))), 2)
    return `${contender} ${of('decider')} ms of a core in what decides, ${of('enricher')} in the enrichers and ${of('broker')} in the broker`
  }
  return (
    `${verdict(ours, twin)} (${told(ours.capacity)} and ${told(twin.capacity)} calls/s). At its capacity a call costs ` +
    `${spends(ours)}; ${spends(twin)}. ` +
    'The enrichers are the same programs in both, and on shared cores the sum is what counts. ' +
    "What decides differs in this: crosspoint's process also reads its decisions back and writes `call.context`; " +
    "the twin's uses several threads and writes changelogs, which the broker pays for."
  )
}

/** A search may miss what is borne by its resolution; more than that in every one, or neither. */
function verdict(ours: Searched, twin: Searched): string {
  const both = 'Of crosspoint and the at-least-once twin,'
  const searches = Math.min(ours.searches, twin.searches)
  const each = searches === 1 ? 'in the one search there was' : `in each of ${searches} searches`
  const isAbove = (one: Searched, other: Searched): boolean =>
    one.capacity.low > other.capacity.high * RESOLUTION
  if (isAbove(ours, twin)) return `${both} crosspoint-instant bore more ${each}`
  if (isAbove(twin, ours)) return `${both} streams bore more ${each}`
  return `${both} neither bore more ${each} by more than a search may miss`
}
