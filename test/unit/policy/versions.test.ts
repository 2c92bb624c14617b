/** Which policy governs an arrival, by the records of ops.policy alone (design §6). */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  baseVersions,
  NOTICE_MS,
  offer,
  type Offer,
  type OpenText,
  type Refusal,
  versionAt,
  type Versions,
} from '../../../services/policy/core/versions.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import type { PolicyPublished } from '../../../schemas/records.ts'

const file = loadPolicyFile('policy/policy.yaml')
const named = (version: string): Policy => ({ ...file, version, text: `text of ${version}` })
const base = named('base')

/** Texts are `text of <version>`; everything else is no policy. */
const open: OpenText = (text) => {
  const version = /^text of (\w+)$/u.exec(text)?.[1]
  return version === undefined
    ? { ok: false, code: 'XP_POLICY_SYNTAX', message: 'no policy' }
    : { ok: true, policy: named(version) }
}

const T = 1_700_000_000_000
const DAY = 86_400_000

function published(version: string, activeFrom: number): PolicyPublished {
  return {
    policyVersion: version,
    policyName: file.name,
    text: `text of ${version}`,
    activeFrom,
    author: 'jo',
    reason: 'test',
    publishedAt: activeFrom - NOTICE_MS,
  }
}

const at = (offset: number, appendedAt: number, value: PolicyPublished): Offer => ({
  offset,
  appendedAt,
  read: { ok: true, value },
})

function read(offers: readonly Offer[]): { versions: Versions; refused: Refusal[] } {
  let versions = baseVersions(base)
  const refused: Refusal[] = []
  for (const one of offers) {
    const answer = offer(versions, one, open)
    versions = answer.versions
    if ('refused' in answer) refused.push(answer.refused)
  }
  return { versions, refused }
}

const governing = (versions: Versions, time: number): string =>
  versionAt(versions, time).policy.version

describe('a version governs', () => {
  const { versions } = read([at(0, T, published('v1', T + 10_000))])

  it('arrivals appended at its activeFrom and later, no earlier one', () => {
    expect([T, T + 9999, T + 10_000, T + DAY].map((time) => governing(versions, time))).toEqual([
      'base',
      'base',
      'v1',
      'v1',
    ])
  })

  it('until the next by activeFrom, whichever was published first', () => {
    const both = read([
      at(0, T, published('late', T + 60_000)),
      at(1, T + 1, published('early', T + 30_000)),
    ])
    expect(
      [T + 29_999, T + 30_000, T + 59_999, T + 60_000].map((t) => governing(both.versions, t)),
    ).toEqual(['base', 'early', 'early', 'late'])
  })

  it('over another of the same activeFrom if it was published later', () => {
    const both = read([
      at(0, T, published('v1', T + 10_000)),
      at(1, T + 1, published('v2', T + 10_000)),
    ])
    expect(governing(both.versions, T + 10_000)).toBe('v2')
  })

  it('again after another: a roll-back is a publish of the older text', () => {
    const back = read([
      at(0, T, published('v1', T + 10_000)),
      at(1, T, published('v2', T + 20_000)),
      at(2, T, published('v1', T + 30_000)),
    ])
    const times = [T + 10_000, T + 20_000, T + 30_000]
    expect(times.map((time) => governing(back.versions, time))).toEqual(['v1', 'v2', 'v1'])
  })
})

describe('refused, and nothing changes,', () => {
  const good = at(0, T, published('v1', T + 10_000))
  const wrong = (value: Partial<PolicyPublished>): Offer =>
    at(1, T + 1000, { ...published('v2', T + 20_000), ...value })

  it.each([
    ['is less than 5 s ahead', wrong({ activeFrom: T + 5900 }), 'XP_POLICY_NOTICE'],
    ['lies in the past', wrong({ activeFrom: 0 }), 'XP_POLICY_NOTICE'],
    ['does not load', wrong({ text: 'rubbish' }), 'XP_POLICY_SYNTAX'],
    ['is not the text of its hash', wrong({ text: 'text of v9' }), 'XP_POLICY_MISLABELLED'],
    ['has another name than its text', wrong({ policyName: 'other' }), 'XP_POLICY_MISLABELLED'],
    [
      'can not be read',
      {
        offset: 1,
        appendedAt: T + 1000,
        read: { ok: false, code: 'XP_RECORD_UNREADABLE', message: 'bytes' },
      },
      'XP_RECORD_UNREADABLE',
    ],
  ] as const)('is what %s', (_what, bad, code) => {
    const { versions, refused } = read([good, bad])
    expect(refused.map((one) => [one.code, one.offset])).toEqual([[code, 1]])
    expect(versions).toEqual(read([good]).versions)
  })

  it('is one more than two hundred that may still govern a call', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      at(index, T, published(`v${index}`, T + 10_000 + index)),
    )
    const { versions, refused } = read(many)
    expect(refused.map(({ code, offset }) => [code, offset])).toEqual([['XP_POLICY_VERSIONS', 199]])
    expect(governing(versions, T + 10_000 + 198)).toBe('v198')
  })

  it('is accepted when the clocks of two brokers ate 50 ms of the notice', () => {
    expect(read([at(0, T, published('v1', T + NOTICE_MS - 50))]).refused).toEqual([])
    expect(read([at(0, T, published('v1', T + NOTICE_MS - 51))]).refused).toHaveLength(1)
  })
})

test('versions that no arrival can need any more are forgotten: memory is bounded', () => {
  const daily = Array.from({ length: 400 }, (_, day) =>
    at(day, T + day * DAY, published(`v${day}`, T + day * DAY + 10_000)),
  )
  const { versions, refused } = read(daily)
  expect(refused).toEqual([])
  expect(versions.length).toBeLessThanOrEqual(4)
  const now = T + 399 * DAY
  expect(governing(versions, now - 2 * DAY)).toBe('v396')
})

/** Publications in the order of the topic: append times never go back by more than clocks differ. */
const publications = fc
  .array(
    fc.record({
      gapMs: fc.nat(20_000),
      noticeMs: fc.integer({ min: -1000, max: 40_000 }),
      version: fc.constantFrom('v1', 'v2', 'v3', 'v4'),
      spoilt: fc.constantFrom(null, null, null, 'rubbish', 'text of v9'),
    }),
    { maxLength: 30 },
  )
  .map((drawn) => {
    let appendedAt = T
    return drawn.map(({ gapMs, noticeMs, version, spoilt }, offset): Offer => {
      appendedAt += gapMs
      const value = published(version, appendedAt + noticeMs)
      return at(offset, appendedAt, spoilt === null ? value : { ...value, text: spoilt })
    })
  })

/** The rule in one line: of the good ones active by then the greatest by activeFrom, then offset. */
function expected(offers: readonly Offer[], time: number): string {
  const good = offers.flatMap(({ read: one, offset, appendedAt }) => {
    if (!one.ok || one.value.text !== `text of ${one.value.policyVersion}`) return []
    const { activeFrom, policyVersion } = one.value
    return activeFrom >= appendedAt + 4950 ? [{ activeFrom, offset, policyVersion }] : []
  })
  const active = good
    .filter(({ activeFrom }) => activeFrom <= time)
    .toSorted((a, b) => a.activeFrom - b.activeFrom || a.offset - b.offset)
  return active.at(-1)?.policyVersion ?? 'base'
}

describe('whatever was published (design §6)', () => {
  it('the governing version is the latest good one by activeFrom, then by offset', () => {
    fc.assert(
      fc.property(publications, fc.nat(700_000), (offers, after) => {
        const { versions } = read(offers)
        expect(governing(versions, T + after)).toBe(expected(offers, T + after))
      }),
    )
  })

  it('no later record changes what governs an arrival appended before it', () => {
    fc.assert(
      fc.property(publications, fc.nat(30), fc.nat(700_000), (offers, count, after) => {
        const known = offers.slice(0, count)
        const next = offers[count]
        const time = T + after
        // An arrival appended before the record, by a broker whose clock is ahead by the skew.
        if (next !== undefined && time > next.appendedAt + 50) return
        const early = read(known)
        const late = read(offers)
        expect(governing(late.versions, time)).toBe(governing(early.versions, time))
      }),
    )
  })

  it('what is refused stays refused, and the same for everybody who reads from the beginning', () => {
    fc.assert(
      fc.property(publications, (offers) => {
        const once = read(offers)
        const again = read(offers)
        expect(again.refused.map(({ offset }) => offset)).toEqual(
          once.refused.map(({ offset }) => offset),
        )
        const without = read(offers.filter(({ offset }) => !refusedAt(once.refused, offset)))
        expect(without.versions).toEqual(once.versions)
      }),
    )
  })
})

const refusedAt = (refused: readonly Refusal[], offset: number): boolean =>
  refused.some((one) => one.offset === offset)
