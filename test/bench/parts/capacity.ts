/** The highest rate that a contender bears, searched for in turns: the machine of one minute is not that of another. */
import { CATALOGUE } from '../contenders/catalogue.ts'
import type { ContenderName } from '../options.ts'
import type { Measured } from '../results.ts'
import { type Left, type Part, type Warm, whenWarm } from './part.ts'
import { searchCapacity } from './search.ts'

/** Who is searched for, and where to begin: a wrong guess costs a few steps, no more. */
const BEGIN_PER_S: Readonly<Partial<Record<ContenderName, number>>> = {
  'crosspoint-instant': 1500,
  streams: 1500,
  'crosspoint-real': 1000,
}
type Search = Left<'capacity'>['found'][number]

/** What was found must hold for so much longer. */
const CONFIRM_TIMES = 3

export const capacity: Part<'capacity'> = async (bench, keep) => {
  const found: Search[] = []
  const { only, repetitions } = bench.options
  const wanted = only.flatMap((name) => {
    const beginPerS = BEGIN_PER_S[name]
    return beginPerS === undefined ? [] : [{ name, beginPerS }]
  })
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const { name, beginPerS } of wanted) {
      bench.say(`Capacity of ${name}, ${repetition} of ${repetitions}`)
      await bench.attempt(`capacity of ${name}, repetition ${repetition}`, () =>
        whenWarm(bench, CATALOGUE[name], repetition, async (warm) => {
          const searched = await search(beginPerS, warm, bench.options.durationMs)
          found.push({ contender: name, ...searched })
          keep({ found })
        }),
      )
    }
  }
}

async function search(
  beginPerS: number,
  { at }: Warm,
  durationMs: number,
): Promise<Omit<Search, 'contender'>> {
  const probes: Measured[] = []
  let confirmed: Measured | null = null
  await searchCapacity(beginPerS, {
    async bears(ratePerS) {
      const probe = await at(ratePerS, durationMs)
      probes.push(probe)
      return probe.broken.length === 0
    },
    async holds(ratePerS) {
      const probe = await at(ratePerS, durationMs * CONFIRM_TIMES)
      probes.push(probe)
      if (probe.broken.length === 0) confirmed = probe
      return probe.broken.length === 0
    },
  })
  return { probes, confirmed }
}
