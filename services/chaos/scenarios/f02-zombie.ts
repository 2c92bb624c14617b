/** F2: a router that was stopped for longer than its session, and goes on. */
import type { Crew, Scenario, Stage } from '../scenario.ts'
import { busy, steady } from './load.ts'

/** The session is 6 s. */
const SLEEP_MS = 10_000
async function sleepAndWake(stage: Stage): Promise<void> {
  const [sleeper] = stage.actors('router')
  if (sleeper === undefined) throw new Error('no router runs')
  await busy(stage)
  stage.strike('stop a router for 10 s')
  await sleeper.signal('SIGSTOP')
  await stage.wait(SLEEP_MS)
  await sleeper.signal('SIGCONT')
}

function zombie(id: string, crew: Crew, more: Pick<Scenario, 'title' | 'expected'>): Scenario {
  return {
    id,
    row: 'F2',
    ...more,
    crew,
    load: steady(22_000),
    ...(crew.backups > 0 ? {} : { limit: 'withoutBackup' }),
    bounds: [
      crew.backups > 0 ? 'takeoverByBackupMs' : 'takeoverByGroupMs',
      'wokenCount',
      'lagToZeroMs',
    ],
    play: sleepAndWake,
  }
}

export const scenarios: readonly Scenario[] = [
  zombie(
    'F2-zombie-alone',
    { routers: 2, backups: 0, enrichers: 1 },
    {
      title: 'one of two routers is stopped for 10 s, longer than its session, and goes on',
      expected:
        'its calls are late until the other has taken over; nothing the woken one says counts',
    },
  ),
  zombie(
    'F2-zombie-backup',
    { routers: 1, backups: 1, enrichers: 1 },
    {
      title: 'the only primary router is stopped for 10 s and goes on; a backup lane runs',
      expected: 'no call late: the backup decides; nothing the woken one says counts',
    },
  ),
]
