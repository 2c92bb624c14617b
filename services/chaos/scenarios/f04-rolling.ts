/** F4: services are told to stop and started anew, one after the other, under load. */
import type { Actor, Role, Scenario, Stage } from '../scenario.ts'
import { busy, steady } from './load.ts'

const ENRICHERS = [
  'enricher crm',
  'enricher billing',
  'enricher scheduling',
  'enricher priority',
] as const satisfies readonly Role[]

/** Tells a service to stop; gives how long it took to be gone. */
async function stop(actor: Actor): Promise<number> {
  const beganMs = performance.now()
  await actor.signal('SIGTERM')
  return performance.now() - beganMs
}

/** Measures the waits of calls in three parts: before, during and after what is done. */
async function measured(stage: Stage, during: () => Promise<readonly number[]>): Promise<void> {
  // What was slow while everything began is not of before.
  stage.calls.p99Ms()
  await stage.wait(stage.windowMs)
  stage.measured('p99BeforeMs', stage.calls.p99Ms() ?? Infinity)
  const handOversMs = await during()
  stage.measured('handOverMs', Math.max(...handOversMs))
  stage.measured('p99RollingMs', stage.calls.p99Ms() ?? Infinity)
  await stage.wait(stage.windowMs)
  stage.calls.p99Ms()
  await stage.wait(stage.windowMs)
  stage.measured('p99AfterMs', stage.calls.p99Ms() ?? Infinity)
}

const BOUNDS = ['handOverMs', 'p99BeforeMs', 'p99RollingMs', 'p99AfterMs', 'lagToZeroMs'] as const
const NO_LATE = 'no call lost, doubled or late: who leaves stands in until its successor reads'

const rollingRouters: Scenario = {
  id: 'F4-rolling-routers',
  row: 'F4',
  title: 'two routers are told to stop and started anew, one after the other',
  expected: NO_LATE,
  crew: { routers: 2, backups: 0, enrichers: 1 },
  load: steady(26_000),
  bounds: BOUNDS,
  play: (stage) =>
    measured(stage, async () => {
      const times: number[] = []
      for (const router of stage.actors('router')) {
        await busy(stage)
        stage.strike(`tell ${router.name} to stop`)
        times.push(await stop(router))
        await stage.start('router')
      }
      return times
    }),
}

const rollingEnrichers: Scenario = {
  id: 'F4-rolling-enrichers',
  row: 'F4',
  title: 'the enrichers of all dependencies are told to stop and started anew, one after the other',
  expected: 'no call lost, doubled or late; lookups of who leaves are answered or repeated',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(30_000),
  bounds: BOUNDS,
  play: (stage) =>
    measured(stage, async () => {
      const times: number[] = []
      for (const role of ENRICHERS) {
        const [enricher] = stage.actors(role)
        if (enricher === undefined) throw new Error(`no ${role} runs`)
        await busy(stage)
        stage.strike(`tell ${enricher.name} to stop`)
        const [tookMs] = await Promise.all([stop(enricher), stage.start(role)])
        times.push(tookMs)
      }
      return times
    }),
}

const scaling: Scenario = {
  id: 'F4-scaling',
  row: 'F4',
  title: 'one router becomes three, and one again; so do the enrichers of the CRM',
  expected: NO_LATE,
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(34_000),
  bounds: BOUNDS,
  play: (stage) =>
    measured(stage, async () => {
      const times: number[] = []
      for (const role of ['router', 'enricher crm'] as const) {
        stage.strike(`start two more of ${role}`)
        const more = [await stage.start(role), await stage.start(role)]
        for (const one of more) {
          await busy(stage)
          stage.strike(`tell ${one.name} to stop`)
          times.push(await stop(one))
        }
      }
      return times
    }),
}

export const scenarios: readonly Scenario[] = [rollingRouters, rollingEnrichers, scaling]
