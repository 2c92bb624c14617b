import { describe, expect, test } from 'vitest'
import type { AvroSchema } from '../../../services/platform/avro.ts'
import {
  currentSchema,
  frozenVersions,
  historyProblems,
  incompatibilities,
  RECORD_NAMES,
} from '../../../services/platform/schemas/history.ts'

test.each(RECORD_NAMES)('%s reads and is read by every frozen version', (record) => {
  expect(frozenVersions(record).length).toBeGreaterThan(0)
  expect(historyProblems(record)).toEqual([])
})

describe('what is no FULL_TRANSITIVE change', () => {
  const base = currentSchema('lookup-settled')
  type Fields = { fields: { name: string; type: unknown; default?: unknown }[] }
  const changed = (change: (schema: Fields) => void): AvroSchema => {
    const copy = structuredClone(base)
    change(copy as never)
    return copy
  }
  const problems = (change: (schema: Fields) => void) => incompatibilities(base, changed(change))

  test('no change, a field with a default, and a symbol of an enum with a default are fine', () => {
    expect(problems(() => undefined)).toEqual([])
    expect(
      problems(({ fields }) => void fields.push({ name: 'x', type: 'string', default: '' })),
    ).toEqual([])
    expect(
      problems(({ fields }) => {
        const outcome = fields.find(({ name }) => name === 'outcome')
        const { symbols } = (outcome as { type: { symbols: string[] } }).type
        symbols.push('PARTED')
      }),
    ).toEqual([])
  })

  test.each([
    ['a field without a default', (s: Fields) => void s.fields.push({ name: 'x', type: 'int' })],
    ['a field without a default is gone', (s: Fields) => void s.fields.shift()],
    [
      'a field has another name',
      (s: Fields) => void s.fields.splice(0, 1, { name: 'id', type: 'string' }),
    ],
    [
      'a field has another type',
      (s: Fields) => void s.fields.splice(0, 1, { name: 'callId', type: 'int' }),
    ],
  ])('%s', (_name, change) => {
    expect(problems(change)).not.toEqual([])
  })
})
