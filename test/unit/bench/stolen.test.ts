import { describe, expect, test } from 'vitest'
import { stolenText } from '../../bench/page/across.ts'
import { AGAIN_MS_MAX, TRIES_MAX, undisturbed } from '../../bench/parts/undisturbed.ts'
import type { Measured } from '../../bench/results.ts'
import { phase } from './made-up-results.ts'

/** Measures phases whose hosts took so much, one after the other. */
async function measureThese(stolen: readonly (number | null)[], durationMs = 6000) {
  const phases = stolen.map((share, at) => phase('skeleton', 100, { stolen: share, late: at }))
  let asked = 0
  const chosen = await undisturbed(durationMs, () => Promise.resolve(phases[asked++] as Measured))
  return { asked, at: chosen.late, tries: chosen.tries }
}

describe('phases in which the host took cores away', () => {
  test.each([
    { stolen: [0.01, 0, 0], what: 'little: the first stands', asked: 1, at: 0 },
    { stolen: [null, 0, 0], what: 'not known: the first stands', asked: 1, at: 0 },
    { stolen: [0.4, 0.02, 0], what: 'much, then little: the second stands', asked: 2, at: 1 },
    { stolen: [0.4, 0.1, 0.2], what: 'much all the time: the least', asked: TRIES_MAX, at: 1 },
  ])('$what', async ({ stolen, asked, at }) => {
    expect(await measureThese(stolen)).toEqual({ asked, at, tries: asked })
  })

  test('a phase of minutes is told as it is', async () => {
    expect(await measureThese([0.4, 0], AGAIN_MS_MAX + 1)).toEqual({ asked: 1, at: 0, tries: 1 })
  })

  test('the page tells the most of repetitions, and how often one was measured', () => {
    const two = [0.004, 0.123].map((stolen) => phase('skeleton', 100, { stolen }))
    expect(stolenText(two)).toBe('12.3 %')
    expect(stolenText(two.map((one, at) => ({ ...one, tries: at + 1 })))).toBe('12.3 % (2 tries)')
    expect(stolenText([phase('skeleton', 100, { stolen: null })])).toBe('–')
  })
})
