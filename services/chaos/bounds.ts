/**
 * Numbers that runs are held against, fixed before the run that is judged by them (design §9). A bound
 * names what it limits: a measure that every run has, or `own`: what the scenario itself measured under
 * the bound's name. Names end with their unit.
 */

/**
 * `takeover`: from the strike to the first decision of a call that the killed router held, on the slowest
 * of its partitions. `catch-up`: from healing to the look after the last one at which a service had a backlog.
 * `woken`: decisions that count, given by a router that slept, of calls it slept over.
 * `outage`: the longest stretch without a decision on a partition that had open calls.
 */
type Measure = 'takeover' | 'catch-up' | 'outage' | 'woken' | 'own'

export interface Bound {
  readonly measure: Measure
  readonly limit: number
  /** Why just this number, in a sentence. */
  readonly why: string
}

export const BOUNDS = {
  lagToZeroMs: {
    measure: 'catch-up',
    limit: 20_000,
    why: 'A session of 6 s, a rebalance and its gate, and the backlog of that time drained beside live calls; the lag is looked at once a second.',
  },
  takeoverByBackupMs: {
    measure: 'takeover',
    limit: 2700,
    why: "The backup publishes at decideBy less its margin, so the youngest call of a killed router is decided within the window and the clocks' skew.",
  },
  takeoverByGroupMs: {
    measure: 'takeover',
    limit: 15_000,
    why: 'A session of 6 s, one rebalance of kafkajs (joining and syncing), reading lookups and markers back to the gate.',
  },
  wokenCount: {
    measure: 'woken',
    limit: 0,
    why: 'What a woken router held was decided by others, or is read anew; it may not decide any of it from memory.',
  },
  handOverMs: {
    measure: 'own',
    limit: 3000,
    why: 'A service that is told to stop hands over and is gone within 3 s (design §5).',
  },
  p99BeforeMs: {
    measure: 'own',
    limit: 2300,
    why: 'The CRM takes up to 1850 ms here, and the primary lane decides by 2250 ms whatever comes.',
  },
  p99RollingMs: {
    measure: 'own',
    limit: 2500,
    why: 'While services come and go calls wait longer for lookups and successors, but not beyond the window.',
  },
  p99AfterMs: {
    measure: 'own',
    limit: 2300,
    why: 'As before: nothing of it may stay.',
  },
  overdueDrainedMs: {
    measure: 'own',
    limit: 10_000,
    why: 'Overdue work is drained faster than it comes: 1,250 calls at some 32 in 10 ms, on a machine that serves live calls first.',
  },
  rebuildsCount: {
    measure: 'own',
    limit: 0,
    why: 'Heartbeats and commits follow the coordinator; a consumer that had to be built anew would stop reading.',
  },
  p99ReplayedPercent: {
    measure: 'own',
    limit: 125,
    why: 'Analysts read what is in the page cache, as a group of their own: they take processor time, not the order of live calls.',
  },
} as const satisfies Record<string, Bound>

/** The bound of a name; null when there is none. */
export function boundOf(name: string): Bound | null {
  return (BOUNDS as Readonly<Record<string, Bound>>)[name] ?? null
}
