/** F11: the network between services and brokers. */
import type { Link, Scenario, Stage, Trouble } from '../scenario.ts'
import { steady } from './load.ts'

const ROUTER = { from: 'router', to: 'broker' } as const
const SERVICES = { from: 'services', to: 'broker' } as const
const NONE = { kind: 'none' } as const

/** Strikes a link for so long. */
async function trouble(stage: Stage, link: Link, of: Trouble, forMs: number): Promise<void> {
  const node = 'node' in link && link.node !== undefined ? ` ${link.node}` : ''
  stage.strike(`${link.from} to broker${node}: ${JSON.stringify(of)}`)
  await stage.trouble(link, of)
  await stage.wait(forMs)
  await stage.trouble(link, NONE)
}

const WITH_BACKUP = { routers: 1, backups: 1, enrichers: 1 } as const
const ALONE = { routers: 1, backups: 0, enrichers: 1 } as const

/** Longer than a session: it comes back as a zombie, and what it had sent arrives with it. */
const routerCutOff: Scenario = {
  id: 'F11-router-cut-off',
  row: 'F11',
  title: 'nothing passes between the primary router and all brokers for 8 s; a backup runs',
  expected: 'no call late: the backup decides; what the router had sent is void or a repeat',
  crew: WITH_BACKUP,
  load: steady(20_000),
  bounds: ['lagToZeroMs'],
  play: (stage) => trouble(stage, ROUTER, { kind: 'blackhole', direction: 'both' }, 8000),
}

const oneWay: Scenario = {
  id: 'F11-one-way',
  row: 'F11',
  title: 'the router’s bytes are lost for 4 s, later the brokers’ answers; a backup runs',
  expected: 'no call late; decisions stored and never acknowledged are repeats on the wire',
  crew: WITH_BACKUP,
  load: steady(22_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await trouble(stage, ROUTER, { kind: 'blackhole', direction: 'out' }, 4000)
    await stage.wait(5000)
    await trouble(stage, ROUTER, { kind: 'blackhole', direction: 'in' }, 4000)
  },
}

/** The cluster sees nothing wrong with that broker, so nobody moves its leaders. */
const brokerCutOff: Scenario = {
  id: 'F11-broker-cut-off',
  row: 'F11',
  title: 'no service reaches one of three brokers for 5 s, later every connection is reset for 2 s',
  expected: 'calls of its partitions are late within the outage, no others; all are decided',
  limit: 'leaderGone',
  crew: ALONE,
  load: steady(24_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    const node = await stage.brokers.leaderOf('call.arrived', 0)
    const one = { ...SERVICES, node }
    await trouble(stage, one, { kind: 'blackhole', direction: 'both' }, 5000)
    await stage.wait(6000)
    await trouble(stage, SERVICES, { kind: 'reset' }, 2000)
  },
}

/** A round trip takes 200 ± 100 ms more. */
const slowLine: Scenario = {
  id: 'F11-slow-line',
  row: 'F11',
  title: 'each round trip between services and brokers takes 200 ± 100 ms longer for 8 s',
  expected: 'no call late: the margins of the window cover it',
  crew: ALONE,
  load: steady(18_000),
  bounds: ['lagToZeroMs'],
  play: (stage) => trouble(stage, SERVICES, { kind: 'latency', ms: 100, jitterMs: 50 }, 8000),
}

const thinLine: Scenario = {
  id: 'F11-thin-line',
  row: 'F11',
  title: '16 KB/s to each broker for all enrichers, later for the primary router; a backup runs',
  expected: 'no call late: lookups that come too late are fallbacks, the backup decides',
  crew: WITH_BACKUP,
  load: steady(24_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    const thin = { kind: 'bandwidth', bytesPerS: 16_384 } as const
    const enrichers = ['crm', 'billing', 'scheduling', 'priority'] as const
    stage.strike('enrichers to brokers: 16 KB/s')
    const links = enrichers.map((name) => ({ from: `enricher ${name}`, to: 'broker' }) as const)
    await Promise.all(links.map((link) => stage.trouble(link, thin)))
    await stage.wait(5000)
    await Promise.all(links.map((link) => stage.trouble(link, NONE)))
    await stage.wait(4000)
    await trouble(stage, ROUTER, thin, 5000)
  },
}

export const scenarios: readonly Scenario[] = [
  routerCutOff,
  oneWay,
  brokerCutOff,
  slowLine,
  thinLine,
]
