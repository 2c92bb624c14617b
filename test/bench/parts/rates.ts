/** Every contender at every rate, in turns: the broker ages, and whoever is first should not gain by it. */
import { CATALOGUE } from '../contenders/catalogue.ts'
import { phaseMs } from '../options.ts'
import type { Measured } from '../results.ts'
import { type Part, whenWarm } from './part.ts'

export const rates: Part<'rates'> = async (bench, keep) => {
  const { only, repetitions } = bench.options
  const warmUps: Measured[] = []
  const measured: Measured[] = []
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    const turn = (repetition - 1) % only.length
    const turned = [...only.slice(turn), ...only.slice(0, turn)]
    // Neighbours change places as well: they are compared with each other.
    const order = repetition % 2 === 0 ? turned.toReversed() : turned
    bench.say(`Repetition ${repetition} of ${repetitions}: ${order.join(', ')}`)
    for (const name of order) {
      await bench.attempt(`${name}, repetition ${repetition}`, () =>
        whenWarm(bench, CATALOGUE[name], repetition, async ({ warmUp, at }) => {
          warmUps.push(warmUp)
          for (const ratePerS of bench.options.rates) {
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

const LATE_SHARE_MAX = 0.05

const isHopeless = ({ late, undecided, sent }: Measured): boolean =>
  late + undecided > sent * LATE_SHARE_MAX
