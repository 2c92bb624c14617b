/** F1: routers are killed in the middle of a window. */
import type { Scenario, Stage } from '../scenario.ts'
import { busy, steady } from './load.ts'

const ROUNDS = 3

async function killAll(stage: Stage): Promise<void> {
  const routers = stage.actors('router')
  await busy(stage)
  stage.strike(`kill all ${routers.length} routers of the primary lane`)
  await Promise.all(routers.map((router) => router.signal('SIGKILL')))
}

/** Kills every primary at a share of a window since the first call of a round, three times. */
function withBackup(id: string, share: number): Scenario {
  return {
    id: `F1-${id}-backup`,
    row: 'F1',
    title: `all primary routers are killed at ${share * 100} % of a window, ${ROUNDS} times; a backup lane runs`,
    expected: 'no call late, none lost, none doubled: the backup decides what the primaries held',
    crew: { routers: 1, backups: 1, enrichers: 1 },
    load: steady(30_000),
    bounds: ['takeoverByBackupMs', 'lagToZeroMs'],
    async play(stage) {
      for (let round = 0; round < ROUNDS; round += 1) {
        await stage.wait(stage.windowMs * share)
        await killAll(stage)
        await stage.wait(stage.windowMs)
        await stage.start('router')
      }
    },
  }
}

const alone: Scenario = {
  id: 'F1-half-window-alone',
  row: 'F1',
  title: 'one of two routers is killed at half of a window; no backup lane runs',
  expected: 'none lost, none doubled; its calls are late until the other router has taken over',
  crew: { routers: 2, backups: 0, enrichers: 1 },
  load: steady(22_000),
  limit: 'withoutBackup',
  bounds: ['takeoverByGroupMs', 'lagToZeroMs'],
  async play(stage) {
    const [router] = stage.actors('router')
    if (router === undefined) throw new Error('no router runs')
    await stage.wait(stage.windowMs / 2)
    await busy(stage)
    stage.strike('kill one of two routers')
    await router.signal('SIGKILL')
    await stage.start('router')
  },
}

export const scenarios: readonly Scenario[] = [
  withBackup('tenth-window', 0.1),
  withBackup('half-window', 0.5),
  withBackup('late-window', 0.9),
  alone,
]
