/** How lookups ended, by the metrics pages of the enrichers. */
import { metricsOf, type Program, sumIn } from '../../../services/local/processes.ts'

const NAME = 'crosspoint_lookups_total{'
const FAILED = ['outcome="FAILED"', 'outcome="TIMED_OUT"']
/** Each waits a second at most for a page. */
const TRIES = 5

/** Since the process began. */
export const failedLookupsIn = (page: string): number =>
  sumIn(page, (line) => line.startsWith(NAME) && FAILED.some((outcome) => line.includes(outcome)))

/** Between two readings of all pages; null where one was not given, so that nobody knows. */
export function failedBetween(before: readonly string[], after: readonly string[]): number | null {
  if (before.includes('') || after.includes('')) return null
  const failed = (pages: readonly string[]): number =>
    pages.reduce((sum, page) => sum + failedLookupsIn(page), 0)
  return failed(after) - failed(before)
}

/** A program's metrics, asked for again while it is held up; empty when it gives none at all. */
export async function patientPage(program: Program): Promise<string> {
  let page = ''
  for (let tries = 0; page === '' && tries < TRIES; tries += 1) page = await metricsOf(program)
  return page
}
