/** The highest rate that a contender bears. */
import { CATALOGUE } from '../contenders/catalogue.ts'
import type { ContenderName } from '../options.ts'
import type { Measured } from '../results.ts'
import type { Part } from './part.ts'
import { type Warm, whenWarm } from './part.ts'
import { searchCapacity } from './search.ts'

/** Who is searched for, and where to begin: a wrong guess costs a few steps, no more. */
const BEGIN_PER_S: Readonly<Partial<Record<ContenderName, number>>> = {
  'crosspoint-instant': 1000,
  streams: 1000,
  'crosspoint-real': 400,
}
/** What was found must hold for so much longer. */
const CONFIRM_TIMES = 3

export const capacity: Part<'capacity'> = async (bench, keep) => {
  const found: { contender: string; probes: Measured[]; confirmed: Measured | null }[] = []
  for (const name of bench.options.only) {
    const beginPerS = BEGIN_PER_S[name]
    if (beginPerS === undefined) continue
    bench.say(`Capacity of ${name}`)
    const probes: Measured[] = []
    const entry = { contender: name, probes, confirmed: null as Measured | null }
    found.push(entry)
    await bench.attempt(`capacity of ${name}`, () =>
      whenWarm(bench, CATALOGUE[name], 1, async (warm) => {
        entry.confirmed = await search(beginPerS, warm, bench.options.durationMs, (probe) => {
          probes.push(probe)
          keep({ found })
        })
      }),
    )
    keep({ found })
  }
}

async function search(
  beginPerS: number,
  { at }: Warm,
  durationMs: number,
  tried: (probe: Measured) => void,
): Promise<Measured | null> {
  let confirmed: Measured | null = null
  await searchCapacity(beginPerS, {
    async bears(ratePerS) {
      const probe = await at(ratePerS, durationMs)
      tried(probe)
      return probe.broken.length === 0
    },
    async holds(ratePerS) {
      const probe = await at(ratePerS, durationMs * CONFIRM_TIMES)
      tried(probe)
      if (probe.broken.length === 0) confirmed = probe
      return probe.broken.length === 0
    },
  })
  return confirmed
}
