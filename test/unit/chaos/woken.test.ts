import { describe, expect, test } from 'vitest'
import type { Readable } from '../../../services/audit/verify/requests.ts'
import type { TruthLine } from '../../../services/chaos/truth.ts'
import { wokenCount } from '../../../services/chaos/woken.ts'
import type { CallRouted } from '../../../schemas/records.ts'

const did = (at: number, target: string, what: 'SIGSTOP' | 'SIGCONT'): TruthLine => ({
  at,
  kind: 'service',
  target,
  detail: { role: 'router', what },
})
const decision = (routerId: string, arrivedAt: number, appendedAt: number) =>
  ({ appendedAt, value: { routerId, arrivedAt } }) as unknown as Readable<CallRouted>

describe('a router that slept', () => {
  const truth = [did(100, 'router-1', 'SIGSTOP'), did(200, 'router-1', 'SIGCONT')]

  test('may not decide what it slept over', () => {
    expect(wokenCount([decision('router-1', 90, 210)], truth)).toBe(1)
  })

  test('decided before, and decides what came later', () => {
    const fine = [decision('router-1', 90, 100), decision('router-1', 150, 210)]
    expect(wokenCount([...fine, decision('router-2', 90, 210)], truth)).toBe(0)
  })

  test('is none that nobody woke', () => {
    expect(wokenCount([decision('router-1', 90, 210)], truth.slice(0, 1))).toBeNull()
  })
})
