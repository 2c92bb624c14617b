/** How lookups ended, by an enricher's metrics page. */
import { sumIn } from '../../../services/local/processes.ts'

const NAME = 'crosspoint_lookups_total{'
const FAILED = ['outcome="FAILED"', 'outcome="TIMED_OUT"']

/** Since the process began. */
export const failedLookupsIn = (page: string): number =>
  sumIn(page, (line) => line.startsWith(NAME) && FAILED.some((outcome) => line.includes(outcome)))
