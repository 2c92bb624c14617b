/** The floor of client and brokers: see ../skeleton/main.ts. */
import { join } from 'node:path'
import { type Contender, DEPENDENCIES, enricherGroups, startPlain, watched } from './contender.ts'

const MAIN = join(import.meta.dirname, '..', 'skeleton', 'main.ts')
/** As `bin/crosspoint` starts the services: a floor that is held up more would be none. */
export const heapOptions = (youngMb: number): readonly string[] => [
  `--min-semi-space-size=${youngMb}`,
  `--max-semi-space-size=${youngMb}`,
  '--v8-pool-size=1',
  '--no-allocation-site-pretenuring',
  '--heap-growing-percent=50',
]
export const YOUNG_MB = { router: 16, enricher: 16 } as const

export const skeleton: Contender = {
  name: 'skeleton',
  title: 'the same topics and client without codec, lookups and policy',
  briskPerS: 1000,
  async start(ground) {
    const start = (youngMb: number, role: readonly string[]) => {
      const args = [...heapOptions(youngMb), MAIN, ...role]
      return startPlain(ground, role.join('-'), process.execPath, args)
    }
    const children = await Promise.all([
      start(YOUNG_MB.router, ['router']),
      start(YOUNG_MB.enricher, ['enricher', ...DEPENDENCIES]),
    ])
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
