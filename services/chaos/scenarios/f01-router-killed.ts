/** F1: the router is killed in the middle of a window. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const halfWindowWithBackup: Scenario = {
  id: 'F1-half-window-backup',
  row: 'F1',
  title: 'the only primary router is killed at half of a window; a backup lane runs',
  expected: 'no call late, none lost, none doubled: the backup decides what the primary held',
  crew: { routers: 1, backups: 1, enrichers: 1 },
  load: steady(14_000),
  bounds: ['takeoverByBackupMs', 'lagToZeroMs'],
  async play(stage) {
    const [router] = stage.actors('router')
    if (router === undefined) throw new Error('no router runs')
    await stage.wait(stage.windowMs / 2)
    stage.strike('kill the primary router')
    await router.signal('SIGKILL')
    await stage.wait(stage.windowMs)
    await stage.start('router')
  },
}

export const scenarios: readonly Scenario[] = [halfWindowWithBackup]
