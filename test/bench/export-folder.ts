/** Writes made-up recordings as `audit export --format jsonl` would. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { DecisionAudited, LookupArrivedLate } from '../../schemas/records.ts'
import { jsonLine, rowOf } from '../../services/audit/export/rows.ts'
import { loadTables } from '../../services/audit/export/tables.ts'
import type { Policy } from '../../services/policy/policy.ts'
import { type MadeUp, recordings } from './recordings.ts'

const ROWS_A_PART = 100_000
const FLUSH_LINES = 500

interface Made {
  readonly seed: number
  readonly count: number
  /** Changes recordings on their way, to plant what must be found. */
  readonly bend?: (made: MadeUp) => MadeUp
}

/** Fills a new folder with `count` decisions, their late answers and the policy. */
export function writeExport(path: string, policy: Policy, { seed, count, bend }: Made): void {
  const tables = loadTables()
  const parts: Record<string, object[]> = { decision: [], late: [], policy: [] }
  for (const table of Object.keys(parts)) mkdirSync(join(path, table), { recursive: true })
  for (let first = 0; first < count; first += ROWS_A_PART) {
    const file = `part-${String(first / ROWS_A_PART + 1).padStart(5, '0')}.jsonl`
    const decisions = lineFile(join(path, 'decision', file))
    const late = lineFile(join(path, 'late', file))
    const rows = { decision: 0, late: 0 }
    const some = Math.min(ROWS_A_PART, count - first)
    for (const one of recordings(policy, { seed, count: some, first })) {
      const made = bend === undefined ? one : bend(one)
      decisions.write(line(tables.decision.columns, made.decision, made.decision.routedAt))
      rows.decision += 1
      for (const answer of made.late) {
        late.write(line(tables.late.columns, answer, answer.lookupAt))
        rows.late += 1
      }
    }
    decisions.close()
    late.close()
    parts['decision']?.push(part(file, rows.decision))
    parts['late']?.push(part(file, rows.late))
  }
  const published = {
    policyVersion: policy.version,
    policyName: policy.name,
    text: policy.text,
    activeFrom: 0,
    author: 'bench',
    publishedAt: 0,
  }
  const place = { partition: 0, offset: 0, appendedAt: 0 }
  const { columns } = tables.policy
  const file = 'part-00001.jsonl'
  writeFileSync(join(path, 'policy', file), jsonLine(columns, rowOf(columns, published, place)))
  parts['policy']?.push(part(file, 1))
  const state = {
    version: 1,
    format: 'jsonl',
    from: null,
    to: null,
    tables: Object.fromEntries(Object.entries(parts).map(([name, all]) => [name, { parts: all }])),
  }
  writeFileSync(join(path, 'export.json'), JSON.stringify(state))
}

type Columns = Parameters<typeof rowOf>[0]

function line(
  columns: Columns,
  record: DecisionAudited | LookupArrivedLate,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): string {
  return jsonLine(
    columns,
    rowOf(columns, record, { partition, offset, appendedAt: record.arrivedAt }),
  )
}

const part = (file: string, rows: number): object => ({
  file,
  rows,
  bytes: 0,
  repeats: 0,
  unreadable: 0,
  next: [],
  lastAt: [],
})

function lineFile(path: string) {
  const descriptor = openSync(path, 'w')
  let lines: string[] = []
  const flush = (): void => {
    writeSync(descriptor, lines.join(''))
    lines = []
  }
  return {
    write(text: string): void {
      lines.push(text)
      if (lines.length >= FLUSH_LINES) flush()
    },
    close(): void {
      flush()
      closeSync(descriptor)
    },
  }
}
