/** How lookups ended, by an enricher's metrics page. */

const NAME = 'crosspoint_lookups_total{'
const FAILED = ['outcome="FAILED"', 'outcome="TIMED_OUT"']

/** Since the process began. */
export function failedLookupsIn(page: string): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(NAME) && FAILED.some((outcome) => line.includes(outcome)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
