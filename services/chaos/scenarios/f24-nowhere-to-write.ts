/** F24, the part of what is written to: a topic that is missing, a disk that is full. */
import type { Scenario } from '../scenario.ts'
import { busy, steady } from './load.ts'

/** The producer asks 5 s for a topic that no broker knows before it calls it missing. */
const MISSED_WITHIN_MS = 12_000
const DEAD_MS = 3000

const topicMissing: Scenario = {
  id: 'F24-topic-missing',
  row: 'F24',
  title: 'call.context is deleted, a router starts without it; then it is created again',
  expected:
    'calls are decided on time; the auditor says XP_TOPIC_MISSING and waits, a router that starts refuses ' +
    'by the same code; both go on once it is there',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(28_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await busy(stage)
    stage.strike('delete call.context')
    await stage.deleteTopic('call.context')
    await stage.says('router', 'XP_TOPIC_MISSING', MISSED_WITHIN_MS, 'call.context')
    await busy(stage)
    stage.strike('start a router')
    await stage.refused('router', 'XP_TOPIC_MISSING', 'call.context')
    await stage.crosspoint(['topics', 'apply'])
    await stage.start('router')
  },
}

const diskFull: Scenario = {
  id: 'F24-disk-full',
  row: 'F24',
  title: 'the disk of a broker that leads a partition is full; it has room again, and is restarted',
  expected:
    'the broker ends itself rather than lose what it acknowledged; calls are late as when it is killed, ' +
    'and services go on by themselves',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(26_000),
  site: 'small disk',
  limit: 'leaderGone',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await busy(stage)
    const leader = await stage.brokers.leaderOf('call.arrived', 0)
    stage.strike(`fill the disk of broker ${leader}, which leads call.arrived 0`)
    await stage.disk.fill(leader)
    await stage.wait(DEAD_MS)
    await stage.disk.free(leader)
    await stage.brokers.restart(leader)
  },
}

export const scenarios: readonly Scenario[] = [topicMissing, diskFull]
