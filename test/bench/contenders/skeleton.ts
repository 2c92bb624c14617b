/** The floor of client and brokers: see ../skeleton/main.ts. */
import { join } from 'node:path'
import { bundle } from '../../../infra/bundle.ts'
import { type Contender, DEPENDENCIES, enricherGroups, startPlain, watched } from './contender.ts'

const SOURCE = join(import.meta.dirname, '..', 'skeleton', 'main.ts')
/** As `bin/crosspoint` starts the services: a floor that is held up more would be none. */
export const HEAP_OPTIONS: readonly string[] = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--v8-pool-size=1',
  '--no-allocation-site-pretenuring',
  '--heap-growing-percent=40',
]
export const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' } as const

/** By crosspoint's client, or by kafkajs as it is published. */
type Client = 'own' | 'kafkajs'

export const skeleton = (client: Client): Contender => ({
  name: client === 'own' ? 'skeleton' : 'skeleton-kafkajs',
  title: `the same topics without codec, lookups and policy, by ${client === 'own' ? "crosspoint's client" : 'kafkajs as it is published'}`,
  briskPerS: 1000,
  async start(ground) {
    const made = join(ground.folder, 'skeleton')
    await bundle({ main: SOURCE }, made)
    const start = (...role: readonly string[]) => {
      const args = [...HEAP_OPTIONS, join(made, 'main.mjs'), client, ...role]
      return startPlain(ground, role.join('-'), process.execPath, args, MALLOC)
    }
    const children = await Promise.all([start('router'), start('enricher', ...DEPENDENCIES)])
    return {
      processes: children.map(watched),
      programs: [],
      groups: [
        { group: 'skeleton-router', topic: 'call.arrived' },
        ...enricherGroups(DEPENDENCIES, 'skeleton'),
      ],
      stop: async () => {
        await Promise.all(children.map((child) => child.stop()))
      },
    }
  },
})
