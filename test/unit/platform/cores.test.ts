import { describe, expect, test } from 'vitest'
import { coreTimesOf, readCoreTimes, sharesBetween } from '../../../services/platform/cores.ts'

describe('the time of the cores', () => {
  test('is that of all cores; who waits for a disk leaves its core idle; guests are not counted twice', () => {
    const stat = 'cpu  10 20 30 40 50 60 70 80 10 20\ncpu0 1 2 3 4 5 6 7 8 9 0\nintr 5\n'
    expect(coreTimesOf(stat)).toEqual({ all: 360, idle: 90, stolen: 80 })
  })

  test.each(['', 'cpu  1 2 3 4\n', 'cpu0 1 2 3 4 5 6 7 8\n', 'nothing of the kind'])(
    'is not known from %j',
    (stat) => {
      expect(coreTimesOf(stat)).toBeNull()
    },
  )

  test('what was neither idle nor waited for a disk was used, stolen time with it', () => {
    const before = { all: 1000, idle: 500, stolen: 10 }
    const after = { all: 1200, idle: 550, stolen: 40 }
    expect(sharesBetween(before, after)).toEqual({ used: 0.75, stolen: 0.15 })
  })

  test('no time, no shares', () => {
    const times = { all: 1000, idle: 500, stolen: 10 }
    expect(sharesBetween(times, times)).toBeNull()
    expect(sharesBetween(times, { ...times, all: 900 })).toBeNull()
  })

  test('counters that went back leave shares that are shares', () => {
    const before = { all: 1000, idle: 500, stolen: 10 }
    expect(sharesBetween(before, { all: 1100, idle: 490, stolen: 0 })).toEqual({
      used: 1,
      stolen: 0,
    })
  })

  test('this machine tells, where it has a /proc/stat', () => {
    const times = readCoreTimes()
    const told = times === null || (times.all > times.idle && times.idle > 0 && times.stolen >= 0)
    expect(told).toBe(true)
    expect(times === null).toBe(process.platform !== 'linux')
  })
})
