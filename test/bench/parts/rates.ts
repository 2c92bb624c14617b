/** Every contender at every rate, in turns: the broker ages, and whoever is first should not gain by it. */
import { CATALOGUE } from '../contenders/catalogue.ts'
import { COMPARED_AT_PER_S } from '../objective.ts'
import { type ContenderName, phaseMs } from '../options.ts'
import type { Measured } from '../results.ts'
import { type Bench, type Left, type Part, whenWarm } from './part.ts'

/** Who is measured at which rates, and how often. */
interface Turns {
  readonly names: readonly ContenderName[]
  readonly rates: readonly number[]
  readonly repetitions: number
}

export const rates: Part<'rates'> = (bench, keep) =>
  inTurns(bench, { ...bench.options, names: bench.options.only }, keep)

/** Of eight pairs seven that fall one way are more than chance. */
const PAIRS = 8
const BESIDE_EACH_OTHER: readonly ContenderName[] = ['crosspoint-instant', 'streams']

/** Crosspoint and the twin alone, at the rates of the promise, often enough to tell which is sooner. */
export const twin: Part<'twin'> = async (bench, keep) => {
  const names = BESIDE_EACH_OTHER.filter((name) => bench.options.only.includes(name))
  await inTurns(bench, { names, rates: COMPARED_AT_PER_S, repetitions: PAIRS }, keep)
}

async function inTurns(
  bench: Bench,
  { names, rates: ratesPerS, repetitions }: Turns,
  keep: (left: Left<'rates'>) => void,
): Promise<void> {
  const warmUps: Measured[] = []
  const measured: Measured[] = []
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    const order = orderOf(names, repetition)
    bench.say(`Repetition ${repetition} of ${repetitions}: ${order.join(', ')}`)
    for (const name of order) {
      await bench.attempt(`${name}, repetition ${repetition}`, () =>
        whenWarm(bench, CATALOGUE[name], repetition, async ({ warmUp, at }) => {
          warmUps.push(warmUp)
          for (const ratePerS of ratesPerS) {
            const one = await at(ratePerS, phaseMs(bench.options, ratePerS))
            measured.push(one)
            keep({ warmUps, measured })
            // Higher rates would only measure how far behind one can fall.
            if (isHopeless(one)) break
          }
        }),
      )
    }
  }
}

/** Everybody begins once in a while, and neighbours change places: they are compared with each other. */
function orderOf(names: readonly ContenderName[], repetition: number): readonly ContenderName[] {
  const turn = Math.floor((repetition - 1) / 2) % names.length
  const turned = [...names.slice(turn), ...names.slice(0, turn)]
  return repetition % 2 === 0 ? turned.toReversed() : turned
}

const LATE_SHARE_MAX = 0.05

const isHopeless = ({ late, undecided, sent }: Measured): boolean =>
  late + undecided > sent * LATE_SHARE_MAX
