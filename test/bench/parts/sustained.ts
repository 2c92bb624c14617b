/** The rates that the product promises, held for minutes; the floor before and after, for machines change by the minute. */
import { CATALOGUE } from '../contenders/catalogue.ts'
import { PROMISED_PER_S } from '../objective.ts'
import type { ContenderName } from '../options.ts'
import type { Measured } from '../results.ts'
import { type Part, whenWarm } from './part.ts'

interface Held {
  readonly name: ContenderName
  readonly ratePerS: number
  /** Of the time: the floor shows itself sooner. */
  readonly share: number
}

const ENGINE_PER_S = PROMISED_PER_S['crosspoint-instant']
const FLOOR: Held = { name: 'skeleton', ratePerS: ENGINE_PER_S, share: 0.1 }
const KAFKAJS: Held = { ...FLOOR, name: 'skeleton-kafkajs' }
const PROMISED: readonly Held[] = [
  FLOOR,
  KAFKAJS,
  { name: 'crosspoint-instant', ratePerS: ENGINE_PER_S, share: 1 },
  KAFKAJS,
  FLOOR,
  { name: 'crosspoint-real', ratePerS: PROMISED_PER_S['crosspoint-real'], share: 1 },
]

/** Compilers meet this rate's batches for the first time; minutes would be judged by these seconds. */
const AT_RATE_FIRST_MS = 20_000

export const sustained: Part<'sustained'> = async (bench, keep) => {
  const { only, sustainedMs } = bench.options
  const warmUps: Measured[] = []
  const measured: Measured[] = []
  for (const { name, ratePerS, share } of PROMISED.filter((one) => only.includes(one.name))) {
    await bench.attempt(`${name} at ${ratePerS}/s`, () =>
      whenWarm(bench, CATALOGUE[name], 1, async ({ once }) => {
        warmUps.push(await once(ratePerS, AT_RATE_FIRST_MS))
        measured.push(await once(ratePerS, sustainedMs * share))
        keep({ warmUps, measured })
      }),
    )
  }
}
