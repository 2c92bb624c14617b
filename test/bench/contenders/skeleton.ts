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

export const skeleton: Contender = {
  name: 'skeleton',
  title: 'the same topics and client without codec, lookups and policy',
  briskPerS: 1000,
  async start(ground) {
    const made = join(ground.folder, 'skeleton')
    await bundle({ main: SOURCE }, made)
    const start = (...role: readonly string[]) => {
      const args = [...HEAP_OPTIONS, join(made, 'main.mjs'), ...role]
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
}
