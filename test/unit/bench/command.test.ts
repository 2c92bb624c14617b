import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEAP_OPTIONS, MALLOC } from '../../bench/contenders/skeleton.ts'
import { collectedIn, jvmPauses, pausesBetween } from '../../bench/measure/pauses.ts'
import { benchOptions, PARTS, phaseMs } from '../../bench/options.ts'
import { searchCapacity } from '../../bench/parts/search.ts'
import { parseResults } from '../../bench/results.ts'
import { results } from './made-up-results.ts'

describe('the command line', () => {
  test('all parts but the tuning of the twin by default', () => {
    expect(benchOptions([]).parts).toEqual(PARTS.filter((part) => part !== 'tuning'))
  })

  test('rates ascend and do not repeat, so that what is hopeless above is not tried', () => {
    expect(benchOptions(['--rates', '600,100,600']).rates).toEqual([100, 600])
  })

  test('phases last for the seconds given, and longer where calls are rare', () => {
    const options = benchOptions(['--seconds=6', '--calls=3000'])
    expect([100, 278, 1000].map((rate) => phaseMs(options, rate))).toEqual([30_000, 11_000, 6000])
  })

  test.each([
    ['--parts', 'rate', 'rates, twin, capacity'],
    ['--only', 'kafka', 'crosspoint-real'],
    ['--rates', '100,x', 'a whole number'],
    ['--seconds', '0', 'a whole number'],
    ['--calls', '0', 'a whole number'],
    ['--repetitions', '1.5', 'a whole number'],
    ['--minutes', '-1', 'a whole number'],
  ])('%s %s is refused with what is allowed', (option, value, allowed) => {
    expect(() => benchOptions([`${option}=${value}`])).toThrow(allowed)
  })
})

test('the floor runs with the memory options of the services', () => {
  const script = readFileSync(new URL('../../../bin/crosspoint', import.meta.url), 'utf8')
  const given = [...script.matchAll(/--[a-z][\w-]+(?:=[\w$]+)?/gu)].map(([option]) => option)
  expect(HEAP_OPTIONS).toEqual(given)
  const malloc = script.matchAll(/(MALLOC_\w+)="\$\{\1:-(\d+)\}"/gu)
  expect(Object.entries(MALLOC)).toEqual([...malloc].map(([, name, value]) => [name, value]))
})

describe('looking for the capacity', () => {
  const search = async (limit: number, begin: number, holdsBelow = limit) => {
    const tried: number[] = []
    const found = await searchCapacity(begin, {
      bears: (rate) => {
        tried.push(rate)
        return Promise.resolve(rate <= limit)
      },
      holds: (rate) => Promise.resolve(rate <= holdsBelow),
    })
    return { found, tried }
  }

  test('what is found is borne and within 8 % of the limit, wherever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 100, max: 7000 }),
        fc.integer({ min: 50, max: 5000 }),
        async (limit, begin) => {
          const { found, tried } = await search(limit, begin)
          expect(found).not.toBeNull()
          expect(found).toBeLessThanOrEqual(limit)
          expect(found).toBeGreaterThan(limit * 0.92 - 10)
          expect(tried.length).toBeLessThan(60)
        },
      ),
    )
  })

  test('nothing is found when nothing is borne', async () => {
    expect((await search(0, 1000)).found).toBeNull()
  })

  test('what does not hold for longer is no capacity, what is below it may be', async () => {
    expect((await search(1000, 1000, 940)).found).toBeLessThanOrEqual(940)
    expect((await search(1000, 1000, 680)).found).toBeGreaterThan(680 * 0.92)
    expect((await search(1000, 1000, 100)).found).toBeNull()
  })
})

describe('pauses of a phase', () => {
  const page = (gcS: number, count: number, p99: number): string =>
    [
      `nodejs_gc_duration_seconds_sum{kind="minor"} ${gcS / 2}`,
      `nodejs_gc_duration_seconds_sum{kind="major"} ${gcS / 2}`,
      `nodejs_gc_duration_seconds_count{kind="minor"} ${count}`,
      `nodejs_eventloop_lag_p99_seconds ${p99}`,
      `nodejs_eventloop_lag_max_seconds ${p99 * 2}`,
    ].join('\n')

  test('collections are those since the first page, delays are beyond the wait for a look', () => {
    expect(pausesBetween(page(1, 10, 0.5), page(1.5, 14, 0.03))).toEqual({
      gcS: 0.5,
      gcCount: 4,
      gcMaxMs: null,
      loopP99Ms: 20,
      loopMaxMs: 50,
    })
    expect(collectedIn('')).toEqual({ gcS: 0, gcCount: 0 })
  })

  test('a JVM tells its longest', () => {
    expect(jvmPauses([2, 8.04, 5])).toMatchObject({ gcS: 0.015, gcCount: 3, gcMaxMs: 8 })
  })
})

describe('a results file', () => {
  test('comes back as it was written', () => {
    expect(parseResults(JSON.stringify(results), 'r.json')).toEqual(results)
  })

  test('may lack any part', () => {
    expect(parseResults('{"format":2,"parts":{}}', 'r.json').parts).toEqual({})
  })

  test.each(['', '[]', '{"measured":[]}', '{"format":2,"parts":{"micro":{"figures":[]}}}'])(
    '%s is refused by the file it came from',
    (text) => {
      expect(() => parseResults(text, 'r.json')).toThrow('r.json')
    },
  )
})
