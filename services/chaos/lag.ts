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
    const lags = running.map(async ({ name, program }) => {
      const page = await metricsOf(program)
      return [name, page === '' ? Infinity : lagIn(page)] as const
    })
    const records = Object.fromEntries(await Promise.all(lags))
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
