import { describe, expect, it } from 'vitest'
import { catchUpOf, type LagSample } from '../../../services/audit/verify/catch-up.ts'

const samples: readonly LagSample[] = [
  { atMs: 900, records: { router: 0, crm: 0 } },
  { atMs: 1100, records: { router: 5, crm: 0 } },
  { atMs: 2100, records: { router: 0, crm: 3 } },
  { atMs: 3100, records: { router: 1, crm: 2 } },
]

describe('catching up', () => {
  it('lasts until each service was once seen at zero, though never all at one moment', () => {
    expect(catchUpOf(samples, 1000)).toEqual({ tookMs: 1100, last: ['router'] })
  })

  it('never ends for a service that was not, which is named', () => {
    expect(catchUpOf(samples, 2000)).toEqual({ tookMs: null, last: ['crm'] })
  })

  it('asks nothing of a service that has ended, and is unknown without a look', () => {
    const ended = [...samples, { atMs: 4100, records: { router: 2 } }]
    expect(catchUpOf(ended, 1000).tookMs).toBe(1100)
    expect(catchUpOf(samples, 9000)).toEqual({ tookMs: null, last: [] })
  })
})
