/** How far the services of a world are behind, looked at once a second. */
import type { LagSample } from '../audit/verify/catch-up.ts'
import type { Crew } from './crew.ts'
import { lagIn, metricsOf } from '../local/processes.ts'

export interface LagWatch {
  readonly samples: readonly LagSample[]
  stop(): void
}

const EVERY_MS = 1000

/** A sample counts all services that run; one whose page is not answered counts as behind. */
export function watchLag(crew: Crew): LagWatch {
  const samples: LagSample[] = []
  const look = async (): Promise<void> => {
    const running = crew.members.filter((one) => one.running())
    const pages = await Promise.all(running.map(({ program }) => metricsOf(program)))
    const lags = pages.map((page) => (page === '' ? Infinity : lagIn(page)))
    const records = Object.fromEntries(
      running.map(({ name }, index) => [name, lags[index] ?? Infinity]),
    )
    samples.push({ atMs: Date.now(), records })
  }
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => {
      looking = false
    })
  }, EVERY_MS)
  return { samples, stop: () => clearInterval(timer) }
}
