/**
 * A process of its own that looks for a world in which one mutation breaks a promise. Its parent names
 * the mutation and the worlds, hears of each that broke one, and lets it go on or ends it.
 */
import { mutationNamed } from './list.ts'
import { loadMutated } from './load.ts'
import type { Hunt, Told } from './hunt.ts'

const [id = ''] = process.argv.slice(2)
const mutation = mutationNamed(id)
const unmade = loadMutated(mutation)
// Only now, so that nothing of the services is loaded whole.
const { plan } = await import('../plan.ts')
const { shrunk, shrunkReport, simulate } = await import('../simulate.ts')

const tell = (told: Told): void => void process.send?.(told)

/** Worlds in which the mutation can matter may be rare: so many seeds are looked at for each. */
const SEEDS_PER_WORLD = 40

function* seedsFor(calls: number, worlds: number): Iterable<number> {
  const { where = () => true } = mutation
  let found = 0
  for (let seed = 1; found < worlds && seed <= SEEDS_PER_WORLD * worlds; seed += 1) {
    if (!where(plan(seed, { calls }))) continue
    found += 1
    yield seed
  }
}

async function hunt({ rounds }: Hunt): Promise<void> {
  const untouched = unmade()
  if (untouched.length > 0) {
    tell({ kind: 'useless', why: `${untouched.join(', ')} is no part of the simulated world` })
    return
  }
  let worlds = 0
  for (const { calls, worlds: most } of rounds) {
    for (const seed of seedsFor(calls, most)) {
      worlds += 1
      tell({ kind: 'tried' })
      const result = await simulate(seed, calls)
      const { violations } = result.judgement
      if (violations.length === 0) continue
      const answer = new Promise<unknown>((resolve) => process.once('message', resolve))
      tell({ kind: 'broken', seed, calls, worlds, violations })
      if ((await answer) === 'go on') continue
      tell({ kind: 'shrunk', story: shrunkReport(await shrunk(result), mutation.broken) })
      return
    }
  }
  tell({ kind: 'gave up', worlds })
}

// Lives until its parent has heard enough.
process.on('message', (message) => {
  if (message === 'go on' || message === 'shrink') return
  hunt(message as Hunt).catch((error: unknown) => {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    tell({ kind: 'useless', why })
  })
})
