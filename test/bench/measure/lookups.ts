/** How lookups ended, by the metrics pages of the enrichers. */
import { metricsOf, type Program, sumIn } from '../../../services/local/processes.ts'

const NAME = 'crosspoint_lookups_total{'
const FAILED = ['outcome="FAILED"', 'outcome="TIMED_OUT"']
/** Each waits a second at most for a page. */
const TRIES = 5

/** Since the process began. */
export const failedLookupsIn = (page: string): number =>
  sumIn(page, (line) => line.startsWith(NAME) && FAILED.some((outcome) => line.includes(outcome)))

/** Of all programs, since each began; null where one does not give its page, so that nobody knows. */
export async function failedLookupsOf(programs: readonly Program[]): Promise<number | null> {
  const pages = await Promise.all(programs.map(patientPage))
  if (pages.includes('')) return null
  return pages.reduce((sum, page) => sum + failedLookupsIn(page), 0)
}

async function patientPage(program: Program): Promise<string> {
  for (let tries = 1; tries < TRIES; tries += 1) {
    const page = await metricsOf(program)
    if (page !== '') return page
  }
  return metricsOf(program)
}
