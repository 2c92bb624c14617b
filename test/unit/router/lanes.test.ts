/** What a backup lane may do, and when (design §4, Lanes). */
import { describe, expect, test } from 'vitest'
import { laneSettings } from '../../../services/router/settings.ts'
import { arrived, core, dependencies, marker, settled, T0 } from './core-world.ts'
import { policy } from './shell-world.ts'

const { lane } = laneSettings('BACKUP')
const { publishMs, backupMs } = policy.margins
const decideBy = T0 + policy.windowMs
const tick = { type: 'tick', overdueMax: 100 } as const

describe('the backup lane', () => {
  test('publishes from decideBy − backupMargin on, whatever the trigger', () => {
    const { run, decisions } = core({ lane, openMax: 1 })
    run(arrived(1, 'settled', T0), T0)
    run(arrived(2, 'pending', T0), T0)
    const place = { callId: 'poison', requestNo: 1, offset: 3, appendedAt: T0, traceparent: null }
    run({ type: 'unreadable', detail: 'no Avro', ...place }, T0)
    dependencies.forEach((name, at) => run(settled(at, 'settled', name, T0 + 20), T0 + 20))
    run(tick, decideBy - backupMs - 1)
    expect(decisions()).toEqual([])
    run(tick, decideBy - backupMs)
    const triggers = decisions().map(({ callId, trigger }) => `${callId} ${trigger}`)
    const expected = ['pending DEADLINE', 'poison UNREADABLE', 'settled ALL_SETTLED']
    expect(triggers.toSorted()).toEqual(expected)
    expect(new Set(decisions().map((one) => one.lane))).toEqual(new Set(['BACKUP']))
  })

  test('counts from the limit of the switch where that is shorter than the window', () => {
    const { run, decisions } = core({ lane })
    run(arrived(1, 'call-1', T0, { decideWithinMs: 800 }), T0)
    run(tick, T0 + 800 - backupMs - 1)
    expect(decisions()).toEqual([])
    run(tick, T0 + 800 - backupMs)
    expect(decisions()).toHaveLength(1)
  })

  test('publishes nothing that a primary has decided, be it at the last moment', () => {
    const { run, decisions, state } = core({ lane })
    run(arrived(1, 'call-1', T0), T0)
    run(marker('call-1', decideBy - publishMs, decideBy - publishMs + 100), decideBy - backupMs - 1)
    run(tick, decideBy)
    run(tick, decideBy + 60_000)
    expect(decisions()).toEqual([])
    expect(state().open.size).toBe(0)
  })

  test('leaves what was overdue when read to a primary for five seconds', () => {
    const { run, decisions } = core({ lane })
    const readAt = decideBy + 10_000
    run(arrived(1, 'call-1', T0), readAt)
    run(tick, readAt + 4999)
    expect(decisions()).toEqual([])
    run(tick, readAt + 5000)
    expect(decisions()).toMatchObject([{ trigger: 'LATE_START', lane: 'BACKUP' }])
  })

  test('makes nobody wait longer for what it read in time and missed by a stall of its own', () => {
    const { run, decisions } = core({ lane })
    run(arrived(1, 'overdue when read', T0 - 10_000), T0)
    run(arrived(2, 'missed', T0), T0)
    run(tick, decideBy + 300)
    expect(decisions()).toMatchObject([{ callId: 'missed', trigger: 'LATE_START' }])
    run(tick, T0 + 5000)
    expect(decisions()).toHaveLength(2)
  })

  test('has a consumer group of its own: it follows everything', () => {
    expect(laneSettings('PRIMARY').groupId).not.toBe(laneSettings('BACKUP').groupId)
  })
})
