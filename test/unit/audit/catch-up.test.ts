import { describe, expect, it } from 'vitest'
import { catchUpOf, type LagSample } from '../../../services/audit/verify/catch-up.ts'

const onTheWay = (service: string): number => (service === 'router' ? 6 : 3)
const samples: readonly LagSample[] = [
  { atMs: 900, records: { router: 0, crm: 0 } },
  { atMs: 1100, records: { router: 5, crm: 3 } },
  { atMs: 2100, records: { router: 50, crm: 30 } },
  { atMs: 3100, records: { router: 6, crm: 30 } },
  { atMs: 4100, records: { router: 1, crm: 2 } },
]
const read: LagSample = { atMs: 9100, records: { router: 0, crm: 0 } }

describe('catching up', () => {
  it('lasts until the look after the last one at which a service had a backlog', () => {
    expect(catchUpOf([...samples, read], 1000, onTheWay)).toEqual({ tookMs: 3100, last: ['crm'] })
    expect(catchUpOf([...samples, read], 3500, onTheWay).tookMs).toBe(600)
  })

  it('a service that does not answer is behind', () => {
    const hung = { atMs: 8100, records: { router: Infinity, crm: 0 } }
    const { tookMs, last } = catchUpOf([...samples, hung, read], 1000, onTheWay)
    expect([tookMs, last]).toEqual([8100, ['router']])
  })

  it('never ends for a service that has not read everything at the last look, which is named', () => {
    const stuck = { atMs: 9100, records: { router: 0, crm: 1 } }
    expect(catchUpOf([...samples, stuck], 1000, onTheWay)).toEqual({ tookMs: null, last: ['crm'] })
  })

  it('asks nothing of a service that has ended, and is unknown without a look', () => {
    const ended = [...samples, { atMs: 9100, records: { router: 0 } }]
    expect(catchUpOf(ended, 1000, onTheWay).tookMs).toBe(2100)
    expect(catchUpOf(samples, 9000, onTheWay)).toEqual({ tookMs: null, last: [] })
  })
})
