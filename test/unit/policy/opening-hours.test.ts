/** Opening hours follow the wall clock of their zone, also when it jumps (design §6). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileOpeningHours, isTimeZone } from '../../../services/policy/opening-hours.ts'

type Calendar = Parameters<typeof compileOpeningHours>[0]
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const calendar = (timeZone: string, changes: Partial<Calendar> = {}): Calendar => ({
  timeZone,
  hours: [{ days: [...DAYS], from: '02:00', to: '03:00' }],
  holidays: [],
  ...changes,
})

const openAt = (hours: Calendar, time: string) => compileOpeningHours(hours)(Date.parse(time))

describe('a change of clocks', () => {
  const berlin = calendar('Europe/Berlin')

  test.each([
    ['before the repeated hour', '2026-10-24T23:59:00Z', false],
    ['the hour from two, the first time', '2026-10-25T00:30:00Z', true],
    ['the hour from two, the second time', '2026-10-25T01:30:00Z', true],
    ['after it', '2026-10-25T02:00:00Z', false],
    ['before the skipped hour', '2026-03-29T00:59:59Z', false],
    ['where the skipped hour would begin', '2026-03-29T01:00:00Z', false],
    ['a summer day', '2026-07-01T00:00:00Z', true],
    ['a winter day', '2026-01-15T01:00:00Z', true],
  ])('%s', (_when, time, open) => {
    expect(openAt(berlin, time)).toBe(open)
  })

  test('a zone whose offset is no whole hour', () => {
    const india = calendar('Asia/Kolkata', {
      hours: [{ days: ['mon'], from: '09:00', to: '17:00' }],
    })
    expect(openAt(india, '2026-11-23T03:29:59Z')).toBe(false)
    expect(openAt(india, '2026-11-23T03:30:00Z')).toBe(true)
  })
})

describe('days', () => {
  test('a week day counts where the calendar is, not where the host is', () => {
    const auckland = calendar('Pacific/Auckland', {
      hours: [{ days: ['mon'], from: '00:00', to: '24:00' }],
    })
    expect(openAt(auckland, '2026-11-22T11:00:00Z')).toBe(true)
    expect(openAt(auckland, '2026-11-23T11:00:00Z')).toBe(false)
  })

  test('a holiday stands instead of its week day, with hours of its own or none', () => {
    const office = calendar('UTC', {
      hours: [{ days: [...DAYS], from: '08:00', to: '18:00' }],
      holidays: [{ date: '2026-12-24', from: '08:00', to: '12:00' }, { date: '2026-12-25' }],
    })
    expect(openAt(office, '2026-12-23T17:59:00Z')).toBe(true)
    expect(openAt(office, '2026-12-24T11:59:59Z')).toBe(true)
    expect(openAt(office, '2026-12-24T12:00:00Z')).toBe(false)
    expect(openAt(office, '2026-12-25T10:00:00Z')).toBe(false)
  })

  test('until 24:00 is until the next day begins', () => {
    const late = calendar('UTC', { hours: [{ days: ['sat'], from: '20:00', to: '24:00' }] })
    expect(openAt(late, '2026-11-21T23:59:59.999Z')).toBe(true)
    expect(openAt(late, '2026-11-22T00:00:00Z')).toBe(false)
  })
})

test('the answer depends on the time alone, not on what was asked before', () => {
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC')
  const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(zone, fc.array(time, { minLength: 1, maxLength: 10 }), (timeZone, times) => {
      const hours = calendar(timeZone, {
        hours: [{ days: ['mon', 'wed', 'sun'], from: '01:30', to: '13:00' }],
      })
      const asked = compileOpeningHours(hours)
      for (const each of times) expect(asked(each)).toBe(compileOpeningHours(hours)(each))
    }),
    { numRuns: 50 },
  )
})

test('only zones that exist', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true)
  expect(isTimeZone('Europe/Berlni')).toBe(false)
})
