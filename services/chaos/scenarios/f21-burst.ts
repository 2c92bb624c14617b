/** F21: ten times the calls, and calls that all meet in one place. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const USUAL_PER_S = 10
const BURST_MS = 30_000

/** From 10 calls a second: three brokers and the services on two cores bear some 100 a second, and no 200. */
const burst: Scenario = {
  id: 'F21-burst',
  row: 'F21',
  title: `ten times the calls for ${BURST_MS / 1000} s: ${USUAL_PER_S * 10} a second`,
  expected:
    'every call is decided; lookups that find no room are shed with a reason; lag is back to zero',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: { ...steady(50_000), ratePerS: USUAL_PER_S },
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.calls.rate(USUAL_PER_S * 10)
    await stage.wait(2500)
    stage.strike('ten times the calls')
    await stage.wait(BURST_MS - 2500)
    stage.calls.rate(USUAL_PER_S)
  },
}

const hot: Scenario = {
  id: 'F21-hot-caller',
  row: 'F21',
  title: 'one caller calls 50 times a second besides, all in one partition, for 10 s',
  expected: 'no call late, neither there nor elsewhere',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(22_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.strike('a hot caller in a hot partition')
    for (let second = 0; second < 10; second += 1) {
      await stage.meddle('one caller, one partition', 50)
      await stage.wait(900)
    }
  },
}

export const scenarios: readonly Scenario[] = [burst, hot]
