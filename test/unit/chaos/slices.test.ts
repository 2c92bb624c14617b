import { describe, expect, it } from 'vitest'
import type { PromiseVerdict } from '../../../services/audit/verify/verify.ts'
import { readerOf, type Slice, together } from '../../../services/chaos/slices.ts'
import type { LogReader, RecordBatch } from '../../../services/platform/ports.ts'
import type { LogTopic } from '../../../services/topology.ts'

const batch = (topic: LogTopic, partition: number): RecordBatch => ({
  topic,
  partition,
  records: [],
  nextOffset: 0,
})
const all: readonly RecordBatch[] = [
  batch('call.arrived', 0),
  batch('call.arrived', 1),
  batch('audit.decision', 0),
  batch('audit.decision', 1),
  batch('call.arrived.dlt', 0),
  batch('audit.policy', 0),
]
const reader: LogReader = {
  read: async (_, onBatch) => {
    for (const one of all) onBatch(one)
  },
}

async function read(partition: number | null): Promise<string[]> {
  const seen: string[] = []
  await readerOf(reader, partition).read({ topics: [], from: 'start', until: 'end' }, (one) =>
    seen.push(`${one.topic} ${one.partition}`),
  )
  return seen
}

describe('a run judged partition by partition', () => {
  it('reads one partition of what is spread, and whole what is not', async () => {
    expect(await read(null)).toHaveLength(all.length)
    expect(await read(1)).toEqual([
      'call.arrived 1',
      'audit.decision 1',
      'call.arrived.dlt 0',
      'audit.policy 0',
    ])
  })

  const verdict = (checked: number, breaches: number): PromiseVerdict => ({
    id: 'I4',
    text: 'on time',
    checked,
    holds: breaches === 0 && checked > 0,
    breaches: Array.from({ length: breaches }, () => ({ what: 'late' })),
  })
  const slice = (over: Partial<Slice>): Slice => ({
    verdicts: [verdict(10, 0)],
    untold: [],
    measures: {
      worstLatenessMs: -100,
      late: 0,
      duplicatesOnWire: 1,
      takeoverMs: null,
      outageMs: 500,
    },
    stories: [],
    ...over,
  })

  it('holds when it holds in each part, and something was looked at in one', () => {
    const [held] = together([slice({}), slice({ verdicts: [verdict(0, 0)] })]).verdicts
    expect(held).toMatchObject({ holds: true, checked: 10 })
    const [empty] = together([slice({ verdicts: [verdict(0, 0)] })]).verdicts
    expect(empty?.holds).toBe(false)
    const [broken] = together([slice({}), slice({ verdicts: [verdict(5, 2)] })]).verdicts
    expect(broken).toMatchObject({ holds: false, checked: 15 })
    expect(broken?.breaches).toHaveLength(2)
  })

  it('adds up what is counted, and takes the worst of what is measured', () => {
    const other = slice({
      measures: {
        worstLatenessMs: 40,
        late: 2,
        duplicatesOnWire: 3,
        takeoverMs: 700,
        outageMs: 90,
        wokenCount: 2,
      },
    })
    expect(together([slice({}), other]).measures).toEqual({
      worstLatenessMs: 40,
      late: 2,
      duplicatesOnWire: 4,
      takeoverMs: 700,
      outageMs: 500,
      wokenCount: 2,
    })
  })

  it('a reason is untold only when no part tells it', () => {
    const crm = { dependency: 'crm' } as const
    expect(together([slice({ untold: [crm] }), slice({ untold: [crm] })]).untold).toEqual([crm])
    expect(together([slice({ untold: [crm] }), slice({})]).untold).toEqual([])
  })
})
