/** From the start of a router to its first decision, with ever more requests to remember. */
import { measureRestart } from '../restart.ts'
import type { Left, Part } from './part.ts'

const MARKERS = [10_000, 50_000, 100_000]

export const restart: Part<'restart'> = async ({ cluster, say, attempt }, keep) => {
  const restarts: Left<'restart'>['restarts'] = []
  for (const markers of MARKERS) {
    await attempt(`a restart with ${markers} requests to remember`, async () => {
      const found = await measureRestart(cluster, markers)
      const { readyMs, firstDecisionMs, residentMb } = found
      say(`  ${markers}: ready ${readyMs} ms, decides ${firstDecisionMs} ms, ${residentMb} MB`)
      restarts.push(found)
      keep({ restarts })
    })
  }
}
