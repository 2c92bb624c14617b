/** F7: the leader of a partition hangs for a while, then one that follows it. */
import type { Scenario, Stage } from '../scenario.ts'
import { steady } from './load.ts'

/** What was held up by one is decided before the next one hangs. */
const PAUSE_MS = 5000

async function hang(stage: Stage, node: number, what: string, forMs: number): Promise<void> {
  stage.strike(`stop broker ${node}, ${what}, for ${forMs / 1000} s`)
  await stage.brokers.kill(node, 'SIGSTOP')
  await stage.wait(forMs)
  await stage.brokers.kill(node, 'SIGCONT')
  await stage.wait(PAUSE_MS)
}

const stopped = (seconds: 5 | 15 | 45, expected: string): Scenario => ({
  id: `F7-stopped-${seconds}s`,
  row: 'F7',
  title: `the broker that leads a partition is stopped for ${seconds} s, then one that follows`,
  expected,
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(2 * (seconds * 1000 + PAUSE_MS) + 5000),
  limit: 'leaderGone',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    const forMs = seconds * 1000
    const leader = await stage.brokers.leaderOf('call.arrived', 0)
    await hang(stage, leader, 'which leads call.arrived 0', forMs)
    const next = await stage.brokers.leaderOf('call.arrived', 0)
    const follower = stage.nodes.find((node) => node !== next) ?? next
    await hang(stage, follower, 'which follows call.arrived 0', forMs)
  },
})

export const scenarios: readonly Scenario[] = [
  stopped(5, 'calls are late until its session of 4 s is over; it loses its leaderships'),
  stopped(15, 'on time again while it still hangs: the session bounds the harm, not the length'),
  stopped(45, 'as for 15 s'),
]
