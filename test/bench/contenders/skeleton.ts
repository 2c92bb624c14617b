/** The floor of client and brokers: see ../skeleton/main.ts. */
import { join } from 'node:path'
import { type Contender, DEPENDENCIES, enricherGroups, startPlain, watched } from './contender.ts'

const MAIN = join(import.meta.dirname, '..', 'skeleton', 'main.ts')

export const skeleton: Contender = {
  name: 'skeleton',
  title: 'the same topics and client without codec, lookups and policy',
  async start(ground) {
    const roles = [['router'], ...DEPENDENCIES.map((name) => ['enricher', name])]
    const children = await Promise.all(
      roles.map((role) => startPlain(ground, role.join('-'), process.execPath, [MAIN, ...role])),
    )
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
