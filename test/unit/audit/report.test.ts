import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DecisionAudited, FallbackApplied } from '../../../schemas/records.ts'
import { EXPORT_LIMITS, exportTable } from '../../../services/audit/export/export.ts'
import { openFolder } from '../../../services/audit/export/folder.ts'
import { continued } from '../../../services/audit/export/state.ts'
import { loadTables } from '../../../services/audit/export/tables.ts'
import {
  bucketLabel,
  bucketMsFor,
  bucketName,
  filledBuckets,
} from '../../../services/audit/report/buckets.ts'
import { reportHtml } from '../../../services/audit/report/html.ts'
import { type AuditReport, measure } from '../../../services/audit/report/measure.ts'
import { headline, reportText } from '../../../services/audit/report/text.ts'
import { openSession } from '../../../services/audit/sql/session.ts'
import { storedTopics } from './stored.ts'
import { applied, decision, wholeEvidence } from './world.ts'

const path = mkdtempSync(join(tmpdir(), 'crosspoint-report-'))
const [late] = wholeEvidence().topics.late.flatMap((one) => (one.value === null ? [] : [one.value]))

/**
 * Ten calls a second apart, decided after 100 ms times their number: the first three rest on a CRM
 * that failed, the fourth on a state; the CRM's late answer would have changed the first.
 */
async function exportCalls(): Promise<void> {
  const topics = storedTopics()
  for (let no = 1; no <= 10; no += 1) {
    const arrivedAt = 1_000_000 + no * 1000
    const appendedAt = arrivedAt + no * 100
    const ids = { callId: `c${no}`, decisionId: `d${no}` }
    const reason: Partial<FallbackApplied> =
      no <= 3 ? {} : { kind: 'STATE', reason: 'UNKNOWN', outcome: 'NO_MATCH', cause: null }
    const fallbacks = decision.fallbacks.map((one) => ({ ...one, ...reason }))
    const value: DecisionAudited = {
      ...decision,
      ...ids,
      arrivedAt,
      appendedAt,
      decideBy: arrivedAt + 950,
      target: { type: 'QUEUE', id: no % 2 === 0 ? 'vip' : 'general' },
      fallbacks: no <= 4 ? fallbacks : [],
    }
    topics.put('audit.decision', value)
    if (no > 4) continue
    const times = { arrivedAt, appendedAt, waitedMs: no * 10 }
    topics.put('audit.fallback', { ...applied, ...ids, ...reason, ...times, eventId: `e${no}` })
  }
  const target = { type: 'QUEUE', id: 'vip' } as const
  if (late !== undefined) {
    topics.put('audit.late', { ...late, differs: true, counterfactualTarget: target })
  }
  const folder = openFolder(path)
  let state = continued(null, { format: 'jsonl', from: null, to: null }, folder.stateFile)
  const tables = loadTables()
  for (const table of [tables.decision, tables.fallback, tables.late]) {
    const options = {
      ...EXPORT_LIMITS,
      duck: () => Promise.reject(new Error('no Parquet')),
      progress: () => undefined,
    }
    const done = await topics.read((source) => exportTable(source, folder, state, table, options))
    state = done.state
  }
}

async function measured(where: string | null): Promise<AuditReport> {
  const duck = await openSession(path)
  try {
    return await measure(duck, where)
  } finally {
    duck.close()
  }
}

beforeAll(exportCalls)
afterAll(() => rmSync(path, { recursive: true, force: true }))

describe('a report', () => {
  test('counts calls by their worst reason, waits, and what a late answer proves', async () => {
    expect(await measured(null)).toMatchObject({
      calls: 10,
      withReason: 4,
      failed: 3,
      degraded: 0,
      state: 1,
      changed: 1,
      late: 1,
      waits: { p50: 550, p99: 991, max: 1000 },
      dependencies: [
        {
          dependency: 'crm',
          count: 4,
          share: 0.4,
          waits: { p50: 25, max: 40 },
          decisive: { yes: 1, no: 0, unknown: 3 },
          answeredLate: 1,
        },
      ],
      causes: [
        { outcome: 'TIMED_OUT', cause: 'RESPONSE', count: 3 },
        { outcome: 'NO_MATCH', cause: null, count: 1 },
      ],
      reasons: [
        { reason: 'CRM_TIMEOUT', kind: 'FAILED', count: 3, example: applied.sentence },
        { reason: 'UNKNOWN', kind: 'STATE', count: 1 },
      ],
      queues: [
        { target: 'general', count: 5, withReason: 2 },
        { target: 'vip', count: 5, withReason: 2 },
      ],
      bucketMs: 1000,
    })
  })

  test('tells time in equal steps, also those without a call', async () => {
    const { times } = await measured("callId IN ('c1', 'c4')")
    expect(times.map(({ calls, failed, state }) => [calls, failed, state])).toEqual([
      [1, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
      [1, 0, 1],
    ])
  })

  test('of calls chosen by reason or target counts only those', async () => {
    expect(await measured("'CRM_TIMEOUT' IN reasons")).toMatchObject({ calls: 3, withReason: 3 })
    expect(await measured("targetId = 'vip' -- only")).toMatchObject({ calls: 5, failed: 1 })
  })

  test('of nothing says so', async () => {
    const report = await measured("targetId = 'nobody'")
    expect(report).toMatchObject({ calls: 0, from: null, waits: { p50: null }, times: [] })
    expect(headline(report)).toBe('No decision lies in this range.')
    expect(reportHtml(report)).toContain('No decision lies in this range.')
  })

  test.each(['1=1); DROP TABLE x; --', 'nothing', '', 'true) UNION SELECT (2'])(
    'refuses the condition %j',
    async (where) => {
      await expect(measured(where)).rejects.toMatchObject({ code: 'XP_SQL_REFUSED' })
    },
  )
})

describe('a report for people', () => {
  test('says first what it comes to', async () => {
    expect(headline(await measured(null))).toBe(
      'Of 10 calls 3 (30.0 %) went without an answer that was asked for, 0 (0.0 %) with one that was ' +
        'not live, fresh and complete; 1 (10.0 %) only met a valid state such as no match. ' +
        '1 call would have been routed otherwise with the answer that came late. 1 was decided late.',
    )
  })

  test('on a terminal has a table for each question', async () => {
    const text = reportText(await measured(null)).join('\n')
    for (const title of ['By dependency', 'By cause', 'By reason', 'By target', 'By second']) {
      expect(text).toContain(title)
    }
  })

  test('on a narrow terminal leaves out columns rather than break lines, and names them', async () => {
    const report = await measured(null)
    const [cause] = report.causes
    const long = { outcome: 'MULTIPLE_MATCH', cause: 'CALLER_WITHHELD' }
    const wide = { ...report, causes: cause === undefined ? [] : [{ ...cause, ...long }] }
    const at = (columns: number) => reportText(wide, { sentence: columns, table: columns })
    for (const columns of [80, 120]) {
      expect(Math.max(...at(columns).map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
    expect(at(80).join(' ')).toContain('Not shown at this width: p50 ms, max ms, not, unknown')
    expect(at(120).join('\n')).not.toContain('Not shown')
  })

  test('as a page needs no network, no script, and escapes what records say', async () => {
    const report = await measured("targetId <> '<script>'")
    const page = reportHtml(report)
    expect(page).not.toMatch(/https?:|<script|src=|@import|url\(/u)
    expect(page).toContain('&lt;script&gt;')
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page.match(/<svg/gu)?.length).toBeGreaterThan(4)
  })
})

describe('stretches of time', () => {
  test('are hours unless the range is very short or very long', () => {
    const HOUR = 3_600_000
    expect([60_000, 5 * 60_000, HOUR, 24 * HOUR, 30 * 24 * HOUR].map(bucketMsFor)).toEqual([
      1000,
      5000,
      60_000,
      HOUR,
      24 * HOUR,
    ])
    expect([1000, 5000, HOUR].map(bucketName)).toEqual(['second', '5 seconds', 'hour'])
    expect(bucketLabel(0, HOUR)).toBe('01-01 00:00')
  })

  test('are not filled up without bound', () => {
    const at = (atMs: number) => ({ atMs, calls: 1, failed: 0, degraded: 0, state: 0 })
    expect(filledBuckets([at(0), at(1e9)], 1000)).toHaveLength(2)
    expect(filledBuckets([], 1000)).toEqual([])
  })
})
