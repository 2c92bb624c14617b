/** crosspoint itself: a router and four enrichers, as a user runs them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { raiseSystems } from '../../../services/local/systems.ts'
import type { Environment } from '../../../services/local/nursery.ts'
import { writeTables } from '../tables.ts'
import { type Contender, DEPENDENCIES, type Ground, type Running } from './contender.ts'
import { startService, watched } from './contender.ts'

type Lookups = 'instant' | 'real'

/** Enrichers whose lookups are answered in their own process, or by real servers over HTTP and SQL. */
export async function startEnrichers(ground: Ground, lookups: Lookups): Promise<Running> {
  const { environment, running } = await systemsFor(ground, lookups)
  const started = await Promise.all(
    DEPENDENCIES.map((name) =>
      startService(ground, `enricher-${name}`, ['enricher', name], environment),
    ),
  )
  return {
    processes: [...started.map(({ child }) => watched(child)), ...running.processes],
    programs: started.map(({ program }) => program),
    stop: async () => {
      await Promise.all(started.map(({ child }) => child.stop()))
      await running.stop()
    },
  }
}

const NOTHING: Running = { processes: [], programs: [], stop: () => Promise.resolve() }

async function systemsFor(
  { nursery, folder, seed }: Ground,
  lookups: Lookups,
): Promise<{ readonly environment: Environment; readonly running: Running }> {
  if (lookups === 'instant') {
    const tables = join(folder, 'tables')
    mkdirSync(tables, { recursive: true })
    return { environment: { CONNECTORS_FILE: writeTables(tables, seed) }, running: NOTHING }
  }
  const truthFile = join(folder, 'ground-truth.jsonl')
  const raised = raiseSystems(nursery, { seed, truthFile, environment: {} })
  const { environment, child } = await raised()
  return {
    environment,
    running: { processes: [watched(child)], programs: [], stop: () => child.stop() },
  }
}

export const crosspoint = (lookups: Lookups): Contender => ({
  name: `crosspoint-${lookups}`,
  title:
    lookups === 'instant'
      ? 'crosspoint, lookups answered inside the enrichers (the engine)'
      : 'crosspoint, lookups over HTTP and SQL against servers on the same cores',
  async start(ground) {
    const [enrichers, router] = await Promise.all([
      startEnrichers(ground, lookups),
      startService(ground, 'router', ['router'], {}),
    ])
    return {
      processes: [watched(router.child), ...enrichers.processes],
      programs: [router.program, ...enrichers.programs],
      stop: async () => {
        await router.child.stop()
        await enrichers.stop()
      },
    }
  },
})
