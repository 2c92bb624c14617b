import { expect, test } from 'vitest'
import { crowdsAfter } from '../../../services/chaos/crowds.ts'

test('a system has a crowd from the beginning of each stretch until a window after it', () => {
  expect(crowdsAfter([{ fromMs: 1000, toMs: 5000 }], 'crm', 2500)).toEqual([
    { dependency: 'crm', mode: 'crowd', fromMs: 1000, toMs: 7500, share: 0 },
  ])
})

test('without one there is none', () => {
  expect(crowdsAfter([], 'crm', 2500)).toEqual([])
})
