import { describe, expect, test } from 'vitest'
import { createSeenWatch, seenWithinMs, timetable } from '../../../services/router/seen.ts'
import { policy, world } from './shell-world.ts'

describe('how soon decisions are seen (§3, margins)', () => {
  test('is the time within which 999 of 1000 were, each minute anew', () => {
    const watch = createSeenWatch()
    for (let call = 0; call < 998; call += 1) watch.add(10)
    watch.add(140)
    watch.add(900)
    expect(watch.take()).toBe(140)
    expect(watch.take()).toBeNull()
  })

  test('is not told of too few', () => {
    const watch = createSeenWatch()
    for (let call = 0; call < 999; call += 1) watch.add(10)
    expect(watch.take()).toBeNull()
  })

  test('is measured by a backup on what the primary lane decides', async () => {
    const { start, arrive, settleAll, pass } = world()
    const { laneSettings } = await import('../../../services/router/settings.ts')
    const seen: number[] = []
    await start()
    await start(laneSettings('BACKUP'), undefined, { seen: (delayMs) => void seen.push(delayMs) })
    for (let call = 0; call < 20; call += 1) {
      arrive(`call-${call}`, call % 2)
      settleAll(`call-${call}`, call % 2)
    }
    await pass(500)
    expect(seen).toHaveLength(20)
    expect(Math.max(...seen)).toBeLessThan(seenWithinMs(policy.margins))
  })

  test('stands beside what happens to a call at the latest', () => {
    expect(timetable(policy)).toBe(
      'lookups end by 2100 ms, the primary lane decides by 2250 ms, a backup lane from 2380 ms on, the decision is due at 2500 ms',
    )
  })
})
