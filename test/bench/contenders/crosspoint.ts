/** crosspoint itself: a router and its enrichers, as a user runs them on so few cores: one process for all. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { raiseSystems } from '../../../services/local/systems.ts'
import type { Environment } from '../../../services/local/nursery.ts'
import { writeTables } from '../tables.ts'
import { type Contender, DEPENDENCIES, enricherGroups, type Ground } from './contender.ts'
import { ROOT, type Running, startService, watched } from './contender.ts'

/** Where lookups are answered, and what is asked. */
export interface Lookups {
  /** `instant`: inside the enrichers; `real`: by servers over HTTP and SQL. */
  readonly from: 'instant' | 'real'
  readonly dependencies: readonly string[]
  /** Makes the connectors of `instant`; gives the path of their file. */
  readonly write: (folder: string, seed: number) => string
  /** By how much the CRM of `real` takes longer than it could, and may be asked so much more at once; null: as it is. */
  readonly crmTakesMs: number | null
  /** One process asks all dependencies, instead of one each. */
  readonly together: boolean
}

const INSTANT: Lookups = {
  from: 'instant',
  dependencies: DEPENDENCIES,
  write: writeTables,
  crmTakesMs: null,
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
  const { environment, child } = systems
  const running = { ...NOTHING, processes: [watched(child)], stop: () => child.stop() }
  if (crmTakesMs === null) return { environment, running }
  await systems.setFault('crm', { mode: 'latency', share: 1, ms: crmTakesMs, jitterMs: 0 })
  return { environment: { ...environment, CONNECTORS_FILE: writeRoomy(folder) }, running }
}

/** The most that a connectors file allows: a slow CRM's calls must wait for its answers, not for each other. */
export const ROOMY = 1000

/** The example's connectors, with room for the calls of a CRM that takes its time. */
function writeRoomy(folder: string): string {
  const document = parseDocument(readFileSync(join(ROOT, 'policy', 'connectors.yaml'), 'utf8'))
  document.setIn(['connectors', 'crm', 'limits', 'connections'], ROOMY)
  const file = join(folder, 'connectors.yaml')
  writeFileSync(file, String(document))
  return file
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
