/** F6: whichever broker leads a partition is killed, five times in a row. */
import type { Scenario, Stage } from '../scenario.ts'
import { steady } from './load.ts'

const BOUNCES = 5
const MOVED_WITHIN_MS = 30_000
/** Calls arrive under the new leader before it is hunted in turn. */
const PAUSE_MS = 2500

async function bounce(stage: Stage): Promise<void> {
  const { brokers } = stage
  const leader = await brokers.leaderOf('call.arrived', 0)
  stage.strike(`kill broker ${leader}, which leads call.arrived 0`)
  await brokers.kill(leader, 'SIGKILL')
  await stage.until(
    'another broker leads',
    async () => {
      const now = await brokers.leaderOf('call.arrived', 0).catch(() => leader)
      return now !== leader && now >= 0
    },
    MOVED_WITHIN_MS,
  )
  await brokers.restart(leader)
  await stage.wait(PAUSE_MS)
}

const bounced: Scenario = {
  id: 'F6-leader-bounced',
  row: 'F6',
  title: `the leader of a partition is killed and started again ${BOUNCES} times, chasing it`,
  expected: 'no acknowledged record lost; calls are late within the outage of each, no others',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(30_000),
  limit: 'leaderGone',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (let count = 0; count < BOUNCES; count += 1) await bounce(stage)
  },
}

export const scenarios: readonly Scenario[] = [bounced]
