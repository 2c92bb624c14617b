/** crosspoint itself: a router and its enrichers, as a user runs them on so few cores: one process for all. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { raiseSystems } from '../../../services/local/systems.ts'
import type { Environment } from '../../../services/local/nursery.ts'
import { writeTables } from '../tables.ts'
import { type Contender, DEPENDENCIES, enricherGroups, type Ground } from './contender.ts'
import { type Running, startService, watched } from './contender.ts'

/** Where lookups are answered, and what is asked. */
export interface Lookups {
  /** `instant`: inside the enrichers; `real`: by servers over HTTP and SQL. */
  readonly from: 'instant' | 'real'
  readonly dependencies: readonly string[]
  /** Makes the connectors of `instant`; gives the path of their file. */
  readonly write: (folder: string, seed: number) => string
  /** By how much the CRM of `real` takes longer than it could. */
  readonly crmTakesMs: number
  /** One process asks all dependencies, instead of one each. */
  readonly together: boolean
}

const INSTANT: Lookups = {
  from: 'instant',
  dependencies: DEPENDENCIES,
  write: writeTables,
  crmTakesMs: 0,
  together: true,
}

export async function startEnrichers(ground: Ground, lookups: Lookups = INSTANT): Promise<Running> {
  const { dependencies, together } = lookups
  const processes = together ? [dependencies] : dependencies.map((name) => [name])
  const { environment, running } = await systemsFor(ground, lookups)
  const started = await Promise.all(
    processes.map((names) =>
      startService(ground, `enricher-${names.join('-')}`, ['enricher', ...names], environment),
    ),
  )
  return {
    processes: [...started.map(({ child }) => watched(child)), ...running.processes],
    programs: started.map(({ program }) => program),
    groups: enricherGroups(dependencies, 'enricher'),
    stop: async () => {
      await Promise.all(started.map(({ child }) => child.stop()))
      await running.stop()
    },
  }
}

const NOTHING: Running = {
  processes: [],
  programs: [],
  groups: [],
  stop: () => Promise.resolve(),
}

async function systemsFor(
  { nursery, folder, seed }: Ground,
  { from, write, crmTakesMs }: Lookups,
): Promise<{ readonly environment: Environment; readonly running: Running }> {
  if (from === 'instant') {
    const tables = join(folder, 'tables')
    mkdirSync(tables, { recursive: true })
    return { environment: { CONNECTORS_FILE: write(tables, seed) }, running: NOTHING }
  }
  const truthFile = join(folder, 'ground-truth.jsonl')
  const systems = await raiseSystems(nursery, {
    seed,
    truthFile,
    environment: {},
  })()
  if (crmTakesMs > 0) {
    await systems.setFault('crm', { mode: 'latency', share: 1, ms: crmTakesMs, jitterMs: 0 })
  }
  const { environment, child } = systems
  const running = { ...NOTHING, processes: [watched(child)], stop: () => child.stop() }
  return { environment, running }
}

export const crosspoint = (
  from: Lookups['from'],
  other: Partial<Omit<Lookups, 'from'>> = {},
): Contender => ({
  name: `crosspoint-${from}`,
  title:
    from === 'instant'
      ? 'crosspoint, lookups answered inside the enrichers (the engine)'
      : 'crosspoint, lookups over HTTP and SQL against servers on the same cores',
  briskPerS: from === 'instant' ? 1000 : 500,
  async start(ground) {
    const [enrichers, router] = await Promise.all([
      startEnrichers(ground, { ...INSTANT, ...other, from }),
      startService(ground, 'router', ['router'], {}),
    ])
    return {
      processes: [watched(router.child), ...enrichers.processes],
      programs: [router.program, ...enrichers.programs],
      groups: [
        { group: 'router', topic: 'call.arrived' },
        { group: 'auditor', topic: 'call.routed' },
        ...enrichers.groups,
      ],
      stop: async () => {
        await router.child.stop()
        await enrichers.stop()
      },
    }
  },
})
