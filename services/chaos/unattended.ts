/**
 * When nobody took up the calls of a dependency: its enricher was gone, or stood still. A call that waited
 * for the next one is asked with a scrap of its time left, in which a healthy system may not answer, and
 * its timeout tells no lie (I5). Pure.
 */
import { DEPENDENCIES } from '../../infra/stubs/faults.ts'
import type { FaultInterval } from '../audit/verify/evidence.ts'
import type { ServiceEvent, TruthLine } from './truth.ts'

const GONE: ReadonlySet<ServiceEvent> = new Set<ServiceEvent>([
  'SIGKILL',
  'SIGTERM',
  'SIGSTOP',
  'died',
])
const BACK: ReadonlySet<ServiceEvent> = new Set<ServiceEvent>(['ready', 'SIGCONT'])
/** A session of 6 s, and the others take up what was its own: nobody has to come back for that. */
const OTHERS_WITHIN_MS = 10_000
/** One that is ready asks its first questions over new connections, and all that piled up at once. */
const FIRST_ANSWERS_MS = 500

export function unattended(truth: readonly TruthLine[], endedAt: number): readonly FaultInterval[] {
  return DEPENDENCIES.flatMap((dependency) => {
    const lines = truth.filter((line) => line.kind === 'service')
    const own = lines.filter(({ detail }) => detail.role === `enricher ${dependency}`)
    return own.flatMap(({ at, detail }, index): FaultInterval[] => {
      if (!GONE.has(detail.what)) return []
      const back = own.slice(index + 1).find((one) => BACK.has(one.detail.what))
      const backAt = Math.min(back?.at ?? endedAt, at + OTHERS_WITHIN_MS)
      // Of its answers nothing is known: no share of them was spoiled for sure.
      const toMs = backAt + FIRST_ANSWERS_MS
      return [{ dependency, mode: 'unattended', fromMs: at, toMs, share: 0 }]
    })
  })
}
