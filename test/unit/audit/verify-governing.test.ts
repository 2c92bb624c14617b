/** The checker's own rule of which policy governs, against the services' and on what can't be known. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { governingOf } from '../../../services/audit/verify/governing.ts'
import type { Stored } from '../../../services/audit/verify/evidence.ts'
import {
  baseVersions,
  offer,
  type OpenText,
  versionAt,
} from '../../../services/policy/core/versions.ts'

/** In this world a text is its policy's name, and `v` before it the version. */
const reading = {
  hash: (text: string) => `v${text}`,
  nameIn: (text: string) => (text === 'unloadable' ? null : text),
}
type Named = { readonly version: string; readonly name: string; readonly text: string }
const open: OpenText<Named> = (text) =>
  text === 'unloadable'
    ? { ok: false, code: 'XP_POLICY_SHAPE', message: '' }
    : { ok: true, policy: { version: `v${text}`, name: text, text } }

const DAY_MS = 86_400_000

const published = (
  offset: number,
  appendedAt: number,
  activeFrom: number,
  text: string,
  more: Partial<PolicyPublished> = {},
): Stored<PolicyPublished> => ({
  partition: 0,
  offset,
  appendedAt,
  key: null,
  requestNo: null,
  value: {
    policyVersion: `v${text}`,
    policyName: text,
    text,
    activeFrom,
    author: 'jo',
    reason: '',
    publishedAt: appendedAt,
    ...more,
  },
})

const offeredAs = ({ offset, appendedAt, value }: Stored<PolicyPublished>) =>
  value === null
    ? ({ offset, appendedAt, read: { ok: false, code: 'XP_RECORD_EMPTY', message: '' } } as const)
    : ({ offset, appendedAt, read: { ok: true, value } } as const)

/** What services go by; null before anything published governs. */
function governedBy(records: readonly Stored<PolicyPublished>[], arrivedAt: number): string | null {
  let versions = baseVersions<Named>({ version: 'file', name: 'file', text: 'file' })
  for (const record of records) versions = offer(versions, offeredAs(record), open).versions
  const { version } = versionAt(versions, arrivedAt).policy
  return version === 'file' ? null : version
}

const history = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 20_000 }),
      noticeMs: fc.constantFrom(0, 4949, 4950, 5000, 10_000, 25_000),
      text: fc.constantFrom('a', 'b', 'c', 'd'),
      more: fc.constantFrom<Partial<PolicyPublished>>(
        {},
        {},
        {},
        { policyVersion: 'other' },
        { policyName: 'other' },
      ),
      isRead: fc.integer({ min: 0, max: 9 }).map((draw) => draw > 0),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    let now = 0
    return steps.map(({ gapMs, noticeMs, text, more, isRead }, offset) => {
      now += gapMs
      const record = published(offset, now, now + noticeMs, text, more)
      return isRead ? record : { ...record, value: null }
    })
  })

test('is the one that services go by, and nothing is said while POLICY_FILE governs', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 200_000 }), (records, arrivedAt) => {
      const version = governedBy(records, arrivedAt)
      const governed = governingOf(records, reading)(arrivedAt)
      expect(governed).toEqual(version === null ? null : new Set([version]))
    }),
  )
})

test('of two for one moment it is the later one, also where the moment is exactly the arrival', () => {
  const records = [published(0, 0, 9000, 'a'), published(1, 0, 9000, 'b')]
  const governing = governingOf(records, reading)
  expect(governing(8999)).toBeNull()
  expect(governing(9000)).toEqual(new Set(['vb']))
})

test('a text that this program can not load may have governed, or the one before', () => {
  const records = [published(0, 0, 9000, 'a'), published(1, 0, 20_000, 'unloadable')]
  const governing = governingOf(records, reading)
  expect(governing(19_999)).toEqual(new Set(['va']))
  expect(governing(20_000)).toEqual(new Set(['vunloadable', 'va']))
  expect(governingOf(records.slice(1), reading)(20_000)).toBeNull()
})

test('one more than services remember is not held against them', () => {
  const many = Array.from({ length: 199 }, (_, index) =>
    published(index, 0, 10_000 + index, `${index}`),
  )
  const more = published(199, 0, 90_000, 'more')
  const governing = governingOf([...many, more], reading)
  expect(governedBy([...many, more], 90_000)).toBe('v198')
  expect(governing(90_000)).toEqual(new Set(['vmore', 'v198']))
  // Two days later there is room again.
  const next = published(199, 3 * DAY_MS, 3 * DAY_MS + 9000, 'next')
  expect(governedBy([...many, next], 4 * DAY_MS)).toBe('vnext')
  expect(governingOf([...many, next], reading)(4 * DAY_MS)).toEqual(new Set(['vnext']))
})
