import { describe, expect, test } from 'vitest'
import { coreTimesOf, watchWithheld } from '../../bench/measure/withheld.ts'
import { withheldOf } from '../../bench/page/across.ts'
import { AGAIN_MS_MAX, TRIES_MAX, undisturbed } from '../../bench/parts/undisturbed.ts'
import type { Measured } from '../../bench/results.ts'
import { phase } from './made-up-results.ts'

/** Measures phases whose hosts withheld so much, one after the other. */
async function measureThese(withheld: readonly (number | null)[], durationMs = 6000) {
  const phases = withheld.map((share, at) => phase('skeleton', 100, { withheld: share, late: at }))
  let asked = 0
  const chosen = await undisturbed(durationMs, () => Promise.resolve(phases[asked++] as Measured))
  return { asked, at: chosen.late, tries: chosen.tries }
}

describe('time that the host withheld', () => {
  test('is the eighth of the times of all cores; guests are not counted twice', () => {
    const stat = 'cpu  10 20 30 40 50 60 70 80 10 20\ncpu0 1 2 3 4 5 6 7 8 9 0\n'
    expect(coreTimesOf(stat)).toEqual({ all: 360, withheld: 80 })
  })

  test('is not known where the file does not tell', () => {
    expect(coreTimesOf('')).toBeNull()
    expect(coreTimesOf('cpu  1 2 3 4\n')).toBeNull()
    expect(withheldOf([phase('skeleton', 100, { withheld: null })])).toBe('–')
  })

  test('is a share of all time on this machine, where it is told', () => {
    const share = watchWithheld()()
    expect(share === null || (share >= 0 && share <= 1)).toBe(true)
  })

  test.each([
    { withheld: [0.01, 0, 0], what: 'little: the first stands', asked: 1, at: 0 },
    { withheld: [null, 0, 0], what: 'not known: the first stands', asked: 1, at: 0 },
    { withheld: [0.4, 0.02, 0], what: 'much, then little: the second stands', asked: 2, at: 1 },
    { withheld: [0.4, 0.1, 0.2], what: 'much all the time: the least', asked: TRIES_MAX, at: 1 },
  ])('$what', async ({ withheld, asked, at }) => {
    expect(await measureThese(withheld)).toEqual({ asked, at, tries: asked })
  })

  test('a phase of minutes is told as it is', async () => {
    expect(await measureThese([0.4, 0], AGAIN_MS_MAX + 1)).toEqual({ asked: 1, at: 0, tries: 1 })
  })

  test('the page tells the most of repetitions', () => {
    const two = [0.004, 0.123].map((withheld) => phase('skeleton', 100, { withheld }))
    expect(withheldOf(two)).toBe('12.3 %')
  })
})
