import { expect, test } from 'vitest'
import { firstHeader } from '../../../services/platform/headers.ts'

const one = Uint8Array.of(1)
const other = Uint8Array.of(2)

test.each([
  ['its value', { name: one }, one],
  ['the first of several', { name: [one, other] }, one],
  ['nothing where there is none', { other }, null],
  ['nothing of an empty list', { name: [] }, null],
] as const)('of a header: %s', (_what, headers, first) => {
  expect(firstHeader(headers, 'name')).toBe(first)
})
