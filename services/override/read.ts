/** What was set and cleared, read from ops.override as enrichers read it. */
import type { OverrideSet } from '../../schemas/records.ts'
import { type DecodedSource, readRecords } from '../audit/read-records.ts'

/** In order, without what a tombstone took away, as tools for compacted topics write it. */
export async function readOverrides(source: DecodedSource): Promise<readonly OverrideSet[]> {
  let records: OverrideSet[] = []
  const all = { topics: ['ops.override'], from: 'start', until: 'end' } as const
  await readRecords(source, all, ({ topic, record, value }) => {
    if (topic !== 'ops.override') return
    if (value !== null) records.push(value)
    else if (record.value === null && record.key !== null) {
      const gone = new TextDecoder().decode(record.key)
      records = records.filter(({ dependency }) => dependency !== gone)
    }
  })
  return records
}
