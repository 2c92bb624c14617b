/** F22: services that get no time: an event loop held up, and one core for everything. */
import type { Role, Scenario } from '../scenario.ts'
import { harmedInside } from './inside.ts'

/** Answered a second before the window ends: what is held up for half of one can still be made good. */
const CRM = { mode: 'latency', ms: 1400, jitterMs: 100, share: 1 } as const

const HELD_UP: readonly Role[] = ['router', 'enricher crm']
const BLOCKS = 6
const BLOCK_MS = 500

const blocked: Scenario = {
  id: 'F22-loop-blocked',
  row: 'F22',
  title: `the event loops of the router and an enricher are held up for ${BLOCK_MS} ms, ${BLOCKS} times in turn`,
  expected:
    'no call late but those that are due while the router is held up, and they by no more than that',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: { ratePerS: 50, durationMs: 18_000, baseline: { crm: CRM } },
  environment: harmedInside(HELD_UP, [`block:${BLOCK_MS}`]),
  limit: 'starved',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (let count = 0; count < BLOCKS; count += 1) {
      for (const role of HELD_UP) {
        stage.strike(`hold up the ${role} for ${BLOCK_MS} ms`)
        for (const service of stage.actors(role)) service.holdUp(BLOCK_MS)
        await stage.wait(1100)
      }
    }
  },
}

const oneCore: Scenario = {
  id: 'F22-one-core',
  row: 'F22',
  title: 'brokers and services share one core for 10 s',
  expected:
    'less than three brokers and all services take: calls are late meanwhile, none is lost or doubled, and ' +
    'they are on time again at once; with one broker a core is enough and none is late',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: { ratePerS: 45, durationMs: 20_000, baseline: { crm: CRM } },
  limit: 'starved',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.strike('one core for everything')
    await stage.cores('one')
    try {
      await stage.wait(10_000)
    } finally {
      await stage.cores('all')
    }
  },
}

export const scenarios: readonly Scenario[] = [blocked, oneCore]
