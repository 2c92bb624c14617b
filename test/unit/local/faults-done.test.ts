import { expect, test } from 'vitest'
import type { TruthLine } from '../../../infra/stubs/ground-truth.ts'
import { faultIntervals } from '../../../services/local/faults-done.ts'

const asked = (id: number, at: number, tookMs: number): TruthLine[] => [
  { kind: 'request', at, id, dependency: 'crm', identifier: null, mode: 'healthy' },
  { kind: 'ended', at: at + tookMs, id, how: 'answered', status: 200 },
]

test('a fault holds until the next of its system, with what it struck and how it shifted stamps', () => {
  const truth: TruthLine[] = [
    { kind: 'fault', at: 10, dependency: 'crm', fault: { mode: 'stale', share: 0.5, ageMs: 900 } },
    { kind: 'fault', at: 20, dependency: 'billing', fault: { mode: 'healthy' } },
    { kind: 'fault', at: 30, dependency: 'crm', fault: { mode: 'healthy' } },
  ]
  expect(faultIntervals(truth, 99)).toEqual([
    { dependency: 'crm', mode: 'stale', fromMs: 10, toMs: 30, share: 0.5, syncShiftMs: -900 },
    { dependency: 'billing', mode: 'healthy', fromMs: 20, toMs: 99, share: 1 },
    { dependency: 'crm', mode: 'healthy', fromMs: 30, toMs: 99, share: 1 },
  ])
})

test('a healthy answer that took long is told as slow for that time, a usual one is not', () => {
  expect(faultIntervals([...asked(1, 100, 250), ...asked(2, 100, 800)], 2000)).toEqual([
    { dependency: 'crm', mode: 'latency', fromMs: 100, toMs: 900, share: 0 },
  ])
})
