/** What `audit tail` says to people while it has nothing to tell: it would look as if it hung. Pure. */

export interface Waiting {
  /** As given: a moment to begin at; undefined: now. */
  readonly from?: string
  readonly decisions?: boolean
}

export function waitingText({ from, decisions = false }: Waiting): string {
  const what = decisions ? 'decisions, reasons and late answers' : 'reasons and late answers'
  return from === undefined
    ? `Waiting for ${what} from now on; --from 1h begins an hour earlier. Ctrl+C ends.`
    : `Reading ${what} since ${from}, then waiting for more. Ctrl+C ends.`
}
