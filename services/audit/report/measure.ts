/** Measures a range of the audit: what calls rested on, what it cost them, and whether it mattered. */
import type { Duck } from '../duck.ts'
import { bucketMsFor, filledBuckets, type TimeBucket } from './buckets.ts'

/** Milliseconds; null where nothing was measured. */
export interface Waits {
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** How many fallbacks would have changed the route: proven, disproven, not known. */
export interface DecisiveCounts {
  readonly yes: number
  readonly no: number
  readonly unknown: number
}

interface Group {
  readonly count: number
  /** Of all calls, 0 to 1. */
  readonly share: number
  readonly waits: Waits
}

interface ReasonGroup extends Group {
  readonly dependency: string
  readonly decisive: DecisiveCounts
}

export interface AuditReport {
  /** Append times of the first and the last arrival, ISO 8601; null without calls. */
  readonly from: string | null
  readonly to: string | null
  readonly where: string | null
  readonly calls: number
  /** Calls with at least one reason, and by their worst: FAILED before DEGRADED before STATE. */
  readonly withReason: number
  readonly failed: number
  readonly degraded: number
  readonly state: number
  /** Calls whose late answer would have changed their route (target, priority, skills, agent …). */
  readonly changed: number
  /** Decisions appended after decideBy. */
  readonly late: number
  readonly waits: Waits
  readonly dependencies: readonly (ReasonGroup & { readonly answeredLate: number })[]
  readonly causes: readonly (ReasonGroup & {
    readonly outcome: string
    readonly cause: string | null
  })[]
  readonly reasons: readonly (ReasonGroup & {
    readonly reason: string
    readonly kind: string
    readonly example: string
  })[]
  readonly queues: readonly (Group & { readonly target: string; readonly withReason: number })[]
  readonly triggers: readonly (Group & { readonly trigger: string })[]
  readonly bucketMs: number
  readonly times: readonly TimeBucket[]
}

type Row = Readonly<Record<string, unknown>>

const WAITED = (column: string): string =>
  `quantile_cont(${column}, 0.5) AS p50, quantile_cont(${column}, 0.99) AS p99, max(${column}) AS top`

/** What was wrong; facts that came all the same were not live, not fresh or not complete. */
const CAUSE = `coalesce(cause, CASE WHEN origin IN ('CACHE', 'OVERRIDE') THEN origin
  WHEN stale THEN 'STALE' WHEN len(missing) > 0 THEN 'PARTIAL' END)`

const DECISIVE = `count(*) FILTER (decisive = 'YES') AS yes, count(*) FILTER (decisive = 'NO') AS no,
  count(*) FILTER (decisive = 'UNKNOWN') AS unknown`

/**
 * Measures the calls that fulfil `where`, a condition over the columns of `request`; all of them when
 * it is null. Throws XP_SQL_REFUSED for a condition that is none.
 */
export async function measure(duck: Duck, where: string | null): Promise<AuditReport> {
  const condition = where ?? 'true'
  const chosen = `SELECT decisionId, arrivedAt, targetId, "trigger", waitedMs, lateMs FROM request
    WHERE (${condition}\n)`
  // Asked as one SELECT first: whatever is more than a condition is refused here.
  await duck.query(`${chosen} LIMIT 0`)
  await duck.run(`CREATE TABLE measured AS ${chosen}`)
  await duck.run(`CREATE TABLE blamed AS
    SELECT decisionId, dependency, outcome, ${CAUSE} AS cause, reason, kind, sentence, waitedMs,
      decisive, lateByMs
    FROM reason WHERE decisionId IN (SELECT decisionId FROM measured)`)
  await duck.run(`CREATE TABLE worst AS
    SELECT decisionId, max(CASE kind WHEN 'FAILED' THEN 3 WHEN 'DEGRADED' THEN 2 ELSE 1 END) AS level,
      bool_or(decisive = 'YES') AS changed
    FROM blamed GROUP BY decisionId`)
  const rows = async (sql: string): Promise<readonly Row[]> => {
    const { columns, rows: found } = await duck.query(sql)
    return found.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])))
  }
  const summary = await summaryOf(rows)
  const { calls, fromMs, toMs } = summary
  const bucketMs = bucketMsFor(toMs - fromMs)
  const buckets = await rows(`SELECT epoch_ms(arrivedAt) // ${bucketMs} * ${bucketMs} AS at,
      count(*) AS calls, count(*) FILTER (level = 3) AS failed,
      count(*) FILTER (level = 2) AS degraded, count(*) FILTER (level = 1) AS state
    FROM measured LEFT JOIN worst USING (decisionId) GROUP BY 1 ORDER BY 1`)
  return {
    ...summary.told,
    where,
    ...(await groupsOf(rows, calls)),
    bucketMs,
    times: filledBuckets(buckets.map(bucketOf), bucketMs),
  }
}

type Ask = (sql: string) => Promise<readonly Row[]>

async function summaryOf(rows: Ask) {
  const [row = {}] = await rows(`SELECT count(*) AS calls, count(level) AS reasoned,
      count(*) FILTER (level = 3) AS failed, count(*) FILTER (level = 2) AS degraded,
      count(*) FILTER (level = 1) AS state, count(*) FILTER (changed) AS changed,
      count(*) FILTER (lateMs > 0) AS late, epoch_ms(min(arrivedAt)) AS fromMs,
      epoch_ms(max(arrivedAt)) AS toMs, ${WAITED('waitedMs')}
    FROM measured LEFT JOIN worst USING (decisionId)`)
  const calls = number(row['calls'])
  const [fromMs, toMs] = [number(row['fromMs']), number(row['toMs'])]
  return {
    calls,
    fromMs,
    toMs,
    told: {
      from: calls === 0 ? null : new Date(fromMs).toISOString(),
      to: calls === 0 ? null : new Date(toMs).toISOString(),
      calls,
      withReason: number(row['reasoned']),
      failed: number(row['failed']),
      degraded: number(row['degraded']),
      state: number(row['state']),
      changed: number(row['changed']),
      late: number(row['late']),
      waits: waitsOf(row),
    },
  }
}

async function groupsOf(rows: Ask, calls: number) {
  const group = (row: Row): Group => ({
    count: number(row['n']),
    share: calls === 0 ? 0 : number(row['n']) / calls,
    waits: waitsOf(row),
  })
  const blame = (row: Row): ReasonGroup => ({
    dependency: text(row['dependency']),
    ...group(row),
    decisive: {
      yes: number(row['yes']),
      no: number(row['no']),
      unknown: number(row['unknown']),
    },
  })
  const blamed = (columns: string, more = ''): Promise<readonly Row[]> =>
    rows(`SELECT ${columns}, count(DISTINCT decisionId) AS n, ${WAITED('waitedMs')}, ${DECISIVE} ${more}
      FROM blamed GROUP BY ${columns} ORDER BY n DESC, ${columns}`)
  const called = (column: string): Promise<readonly Row[]> =>
    rows(`SELECT ${column}, count(*) AS n, count(level) AS reasoned, ${WAITED('waitedMs')}
      FROM measured LEFT JOIN worst USING (decisionId) GROUP BY 1 ORDER BY n DESC, 1`)
  const dependencies = await blamed('dependency', ', count(lateByMs) AS answered')
  const causes = await blamed('dependency, outcome, cause')
  const reasons = await blamed('dependency, kind, reason', ', mode(sentence) AS example')
  const queues = await called('targetId')
  const triggers = await called('"trigger"')
  return {
    dependencies: dependencies.map((row) => ({
      ...blame(row),
      answeredLate: number(row['answered']),
    })),
    causes: causes.map((row) => ({
      ...blame(row),
      outcome: text(row['outcome']),
      cause: row['cause'] === null ? null : text(row['cause']),
    })),
    reasons: reasons.map((row) => ({
      ...blame(row),
      reason: text(row['reason']),
      kind: text(row['kind']),
      example: text(row['example']),
    })),
    queues: queues.map((row) => ({
      ...group(row),
      target: text(row['targetId']),
      withReason: number(row['reasoned']),
    })),
    triggers: triggers.map((row) => ({ ...group(row), trigger: text(row['trigger']) })),
  }
}

const number = (value: unknown): number => Number(value ?? 0)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const waitsOf = (row: Row): Waits => ({
  p50: rounded(row['p50']),
  p99: rounded(row['p99']),
  max: rounded(row['top']),
})

const rounded = (value: unknown): number | null =>
  value === null || value === undefined ? null : Math.round(Number(value))

const bucketOf = (row: Row): TimeBucket => ({
  atMs: number(row['at']),
  calls: number(row['calls']),
  failed: number(row['failed']),
  degraded: number(row['degraded']),
  state: number(row['state']),
})
