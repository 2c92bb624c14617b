import { describe, expect, it } from 'vitest'
import type { Role } from '../../../services/chaos/scenario.ts'
import type { ServiceEvent, TruthLine } from '../../../services/chaos/truth.ts'
import { unattended } from '../../../services/chaos/unattended.ts'

const END = 100_000

const service = (at: number, what: ServiceEvent, role: Role = 'enricher crm'): TruthLine => ({
  at,
  kind: 'service',
  target: role,
  detail: { role, what },
})
const spans = (...truth: readonly TruthLine[]) =>
  unattended(truth, END).map(({ dependency, fromMs, toMs }) => [dependency, fromMs, toMs])

describe('calls that nobody takes up', () => {
  it('from the end of an enricher to the first answers of the next', () => {
    for (const what of ['SIGTERM', 'SIGKILL', 'died'] as const) {
      const next = [service(1100, 'ended'), service(1200, 'starting'), service(4000, 'ready')]
      expect(spans(service(0, 'ready'), service(1000, what), ...next)).toEqual([
        ['crm', 1000, 4500],
      ])
    }
  })

  it('while one stands still', () => {
    expect(spans(service(1000, 'SIGSTOP'), service(6000, 'SIGCONT'))).toEqual([['crm', 1000, 6500]])
  })

  it('until others have them, where none is started in its stead', () => {
    expect(spans(service(1000, 'SIGTERM'))).toEqual([['crm', 1000, 11_500]])
    expect(spans(service(END - 1000, 'SIGTERM'))).toEqual([['crm', END - 1000, END + 500]])
  })

  it('of each dependency by itself, and of no router', () => {
    const billing = service(2000, 'ready', 'enricher billing')
    expect(spans(service(1000, 'SIGKILL'), billing, service(3000, 'ready'))).toEqual([
      ['crm', 1000, 3500],
    ])
    expect(spans(service(1000, 'SIGKILL', 'router'))).toEqual([])
  })
})
