import { describe, expect, it } from 'vitest'
import { catchUpOf, type LagSample } from '../../../services/audit/verify/catch-up.ts'

const ON_THE_WAY = 4
const samples: readonly LagSample[] = [
  { atMs: 900, records: { router: 0, crm: 0 } },
  { atMs: 1100, records: { router: 50, crm: 3 } },
  { atMs: 2100, records: { router: 4, crm: 30 } },
  { atMs: 3100, records: { router: 1, crm: 2 } },
]
const read: LagSample = { atMs: 9100, records: { router: 0, crm: 0 } }

describe('catching up', () => {
  it('lasts until each service was once without more than is always on its way', () => {
    expect(catchUpOf([...samples, read], 1000, ON_THE_WAY)).toEqual({
      tookMs: 1100,
      last: ['router'],
    })
    expect(catchUpOf([...samples, read], 2000, ON_THE_WAY)).toEqual({ tookMs: 1100, last: ['crm'] })
  })

  it('never ends for a service that has not read everything at the last look, which is named', () => {
    const stuck = { atMs: 9100, records: { router: 0, crm: 1 } }
    expect(catchUpOf([...samples, stuck], 1000, ON_THE_WAY)).toEqual({
      tookMs: null,
      last: ['crm'],
    })
  })

  it('asks nothing of a service that has ended, and is unknown without a look', () => {
    const ended = [...samples, { atMs: 9100, records: { router: 0 } }]
    expect(catchUpOf(ended, 1000, ON_THE_WAY).tookMs).toBe(1100)
    expect(catchUpOf(samples, 9000, ON_THE_WAY)).toEqual({ tookMs: null, last: [] })
  })
})
