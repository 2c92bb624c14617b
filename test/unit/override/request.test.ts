/** What an operator may say in an override, and what stands afterwards. */
import { describe, expect, it } from 'vitest'
import type { OverrideSet } from '../../../schemas/records.ts'
import { CrosspointErrors } from '../../../services/errors.ts'
import { expiryMs, factsOf, standing } from '../../../services/override/request.ts'
import type { DependencyPolicy } from '../../../services/policy/policy.ts'

const keep = { audit: 'keep', screen: false } as const
const LINE: DependencyPolicy = {
  name: 'scheduling',
  timeoutMs: 1000,
  staleAfterMs: null,
  needs: null,
  facts: {
    open: { type: 'boolean', ...keep },
    seats: { type: 'long', ...keep },
    note: { type: 'string', ...keep },
    skills: { type: 'strings', ...keep },
  },
}

describe('An override', () => {
  it('takes facts of their declared types', () => {
    expect(factsOf(['open=false', 'seats=-3', 'note=a=b', 'skills=de, en'], LINE)).toEqual({
      open: false,
      seats: -3,
      note: 'a=b',
      skills: ['de', 'en'],
    })
  })

  it('refuses what is no fact, and tells every mistake at once', () => {
    const bad = ['open=perhaps', 'seats=1.5', 'colour=red', 'note']
    let caught: unknown
    try {
      factsOf(bad, LINE)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(CrosspointErrors)
    expect((caught as CrosspointErrors).errors.map(({ code }) => code)).toEqual(
      bad.map(() => 'XP_OVERRIDE_INVALID'),
    )
    expect(() => factsOf([], LINE)).toThrow('at least one')
  })

  it('always ends', () => {
    expect(['90s', '30m', '2h', '1d'].map(expiryMs)).toEqual([90e3, 1.8e6, 7.2e6, 8.64e7])
    for (const text of ['', '0m', '2', '31d', '-1h', '1w']) {
      expect(() => expiryMs(text), text).toThrow('--expires-in')
    }
  })

  it('stands until it is cleared, replaced or expired', () => {
    const set = (dependency: string, expiresAt: number | null): OverrideSet => ({
      dependency,
      action: expiresAt === null ? 'CLEAR' : 'SET',
      facts: {},
      author: 'jo',
      reason: 'drill',
      setAt: 0,
      expiresAt,
      tokenKeyId: null,
    })
    const records = [set('a', 100), set('b', 50), set('c', 100), set('c', null), set('a', 200)]
    expect(
      standing(records, 100).map(({ dependency, expiresAt }) => [dependency, expiresAt]),
    ).toEqual([['a', 200]])
  })
})
