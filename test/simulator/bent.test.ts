/** Check of the checks: what is broken on purpose must be seen, within a number of seeds. */
import { describe, expect, test } from 'vitest'
import { bending, dawdling, committingReceipt, swallowing, withoutGate } from './bend.ts'
import { simulate } from './simulate.ts'
import type { Bending } from './world.ts'

const SEEDS_MAX = 120
const CALLS = 60

/** The promises that break in the first seed that breaks any. */
async function brokenBy(bent: Bending): Promise<ReadonlySet<string>> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { judgement } = await simulate(seed, CALLS, bent)
    if (judgement.violations.length > 0) {
      return new Set(judgement.violations.map(({ promise }) => promise))
    }
  }
  return new Set()
}

const isRouter = (service: string): boolean => service === 'router'

describe('a world that is broken on purpose is found out', () => {
  test('an ACD that acts on every decision it reads', async () => {
    expect(await brokenBy({ acd: 'any' })).toContain('I2')
  })

  test('a router whose recovery gate opens at once', async () => {
    const broken = await brokenBy({ start: bending(isRouter, withoutGate) })
    expect([...broken].some((promise) => promise === 'again' || promise === 'used')).toBe(true)
  })

  test('a router that commits what it has read', async () => {
    expect(await brokenBy({ start: bending(isRouter, committingReceipt) })).toContain('I1')
  })

  test('a router that dawdles', async () => {
    expect(await brokenBy({ start: bending(isRouter, dawdling(700)) })).toContain('I4')
  })

  test('an auditor whose reasons never reach the audit', async () => {
    expect(await brokenBy({ start: bending(isRouter, swallowing('audit.fallback')) })).toContain(
      'I5',
    )
  })

  test('an auditor that keeps late answers to itself', async () => {
    expect(await brokenBy({ start: bending(isRouter, swallowing('audit.late')) })).toContain('I6')
  })

  test('dead letters that are lost', async () => {
    expect(await brokenBy({ start: bending(isRouter, swallowing('call.arrived.dlt')) })).toContain(
      'I8',
    )
  })

  test('an enricher that commits what it has read', async () => {
    const start = bending((service) => !isRouter(service), committingReceipt)
    expect(await brokenBy({ start })).toContain('asked')
  })
})
