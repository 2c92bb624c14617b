/** F25: a random subset of mild faults in each period, a quarter of the periods calm, for hours. */
import { createRandom, type Random } from '../../infra/random.ts'
import { MILD, type Mild } from './mild.ts'
import { steady } from './scenarios/load.ts'
import type { Scenario } from './scenario.ts'

const PERIOD_MS = 30_000
const CALM_SHARE = 0.25
const SECOND_FAULT_SHARE = 0.4

/** What is done in one period: nothing, or one or two faults of different kinds. Drawn from `random`. */
export function periodOf(random: Random): readonly Mild[] {
  if (random.chance(CALM_SHARE)) return []
  const first = random.pick(MILD)
  const second = random.pick(MILD)
  return random.chance(SECOND_FAULT_SHARE) && second.kind !== first.kind ? [first, second] : [first]
}

/** One long-lived deployment; the same seed does the same harm in the same order. */
export function soakOf(seed: number, durationMs: number): Scenario {
  return {
    id: 'F25-soak',
    row: 'F25',
    title: `for ${Math.round(durationMs / 60_000)} min one or two mild faults at random in each half minute, a quarter of them calm`,
    expected:
      'all promises hold all the time, outages of brokers, and of both lanes at once, apart',
    limit: 'leaderGone',
    crew: { routers: 2, backups: 1, enrichers: 1 },
    load: steady(durationMs),
    bounds: ['lagToZeroMs'],
    async play(stage) {
      const random = createRandom(seed).fork('soak')
      const endMs = performance.now() + durationMs
      while (performance.now() + PERIOD_MS <= endMs) {
        const nextMs = performance.now() + PERIOD_MS
        await Promise.all(periodOf(random).map((fault) => fault.play(stage, random)))
        await stage.wait(Math.max(0, nextMs - performance.now()))
      }
    },
  }
}
