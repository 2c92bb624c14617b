import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { marksBetween, plotSvg } from '../../bench/page/plot.ts'
import { plotsOf } from '../../bench/page/plots.ts'
import { capacitySection } from '../../bench/page/sections/capacity.ts'
import { promisesOf } from '../../bench/page/sections/promises.ts'
import { ASSUMED, costsOf, fit, limitsOf, sizeFor } from '../../bench/page/sizing.ts'
import { pageOf } from '../../bench/page/text.ts'
import type { Measured, Parts } from '../../bench/results.ts'
import { phase, results, run } from './made-up-results.ts'

const names = Object.keys(results.parts) as (keyof Parts)[]
const only = (chosen: readonly (keyof Parts)[]): Parts =>
  Object.fromEntries(chosen.map((name) => [name, results.parts[name]]))

describe('the page', () => {
  test('any choice of parts gives a page without a hole, and every plot it shows', () => {
    fc.assert(
      fc.property(fc.subarray(names), (chosen) => {
        const parts = only(chosen)
        const page = pageOf({ format: 2, parts })
        expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/u)
        const drawn = plotsOf(parts).map(({ file }) => file)
        const shown = [...page.matchAll(/\(performance\/([\w-]+\.svg)\)/gu)].map(([, file]) => file)
        expect(new Set(shown)).toEqual(new Set(drawn))
      }),
    )
  })

  test('no plot has more lines than there are looks', () => {
    for (const { file, svg } of plotsOf(results.parts)) {
      const looks = [...svg.matchAll(/<path class="(s\d+)" d="M[\d.]+ [\d.]+ h34"/gu)]
      const worn = looks.map(([, look]) => look)
      expect.soft(new Set(worn).size, file).toBe(worn.length)
    }
  })

  test('parts that measured nothing, because all of it failed, do no harm', () => {
    const failed = { ...run, failures: [{ what: 'streams', why: 'no Java' }] }
    const page = pageOf({
      format: 2,
      parts: {
        rates: { run: failed, warmUps: [], measured: [] },
        capacity: { run, found: [{ contender: 'streams', probes: [], confirmed: null }] },
        sustained: { run, warmUps: [], measured: [] },
        restart: { run, restarts: [] },
      },
    })
    expect(page).toContain('no Java')
    expect(page).not.toMatch(/NaN|undefined|Infinity/u)
  })

  test('a promise that was not kept is told', () => {
    const kept = promisesOf(results.parts).filter((one) => one.kept === 'yes')
    const broken = promisesOf(results.parts).filter((one) => one.kept === 'no')
    expect(kept.map(({ what }) => what)).toContainEqual(expect.stringContaining('2 times'))
    expect(broken.map(({ what }) => what)).toContainEqual(expect.stringContaining('600 calls/s'))
  })

  test('a promise that nothing was measured of stands there all the same', () => {
    const nothing = promisesOf({})
    expect(nothing.map(({ what }) => what)).toEqual(
      promisesOf(results.parts).map(({ what }) => what),
    )
    expect(nothing.every(({ kept }) => kept === 'not measured')).toBe(true)
  })

  test('beside the twin pairs decide, where chance would not give so many of one sign', () => {
    const beside = (pairs: readonly (readonly [ours: number, its: number])[]) =>
      promisesOf({
        twin: {
          run,
          warmUps: [],
          measured: pairs.flatMap(([ours, its], repetition) => [
            phase('crosspoint-instant', 278, { p99: ours, repetition }),
            phase('streams', 278, { p99: its, repetition }),
          ]),
        },
      }).find(({ what }) => what.startsWith('lower p99') && what.includes(' 278 '))
    const times = (count: number, ours: number, its: number) =>
      Array.from({ length: count }, () => [ours, its] as const)
    expect(beside([...times(4, 30, 50), [60, 70]])).toMatchObject({
      kept: 'yes',
      measured: 'lower in 5 of 5 pairs: 30 (30–60) against 50 (50–70) ms',
    })
    expect(beside(times(4, 30, 50))?.kept).toBe('undecided')
    expect(beside(times(5, 50, 30))?.kept).toBe('no')
    expect(beside(times(9, 50, 50))?.kept).toBe('undecided')
  })

  test.each(['skeleton', 'skeleton-kafkajs'])('%s before and after both decide', (skeleton) => {
    const twice = (p99: number, floors: readonly Partial<Measured>[]) =>
      promisesOf({
        sustained: {
          run,
          warmUps: [],
          measured: [
            ...floors.map((floor) => ({ ...phase(skeleton, 1500), ...floor })),
            phase('crosspoint-instant', 1500, { p99 }),
          ],
        },
      }).find(({ what }) => what.includes(`times that of ${skeleton} in`))
    const { stored } = phase(skeleton, 1500)
    const floors = [{ stored: { ...stored, p99: 10 } }, { stored: { ...stored, p99: 20 } }]
    expect(twice(20, floors)?.kept).toBe('yes')
    expect(twice(30, floors)).toMatchObject({
      kept: 'undecided',
      measured: '30 against 10 to 20 ms: 1.5 to 3.0 times',
    })
    expect(twice(41, floors)?.kept).toBe('no')
    expect(twice(20, floors.slice(1))?.kept).toBe('undecided')
    expect(twice(20, [...floors.slice(1), { broken: ['p99 200 ms'] }])?.kept).toBe('undecided')
  })
})

describe('the capacity', () => {
  const page = (searches: readonly (readonly [contender: string, ratePerS: number])[]) =>
    capacitySection(
      {
        run,
        found: searches.map(([contender, ratePerS]) => ({
          contender,
          probes: [],
          confirmed: ratePerS === 0 ? null : phase(contender, ratePerS),
        })),
      },
      [],
    )
  const ours = 'crosspoint-instant'

  test('of several searches is the middle one, with least and most', () => {
    const told = page([900, 0, 1000].map((rate) => [ours, rate] as const))
    expect(told).toContain('| crosspoint-instant | 900 (0–1000) | 2 of 3 |')
  })

  test('is decided by every search together', () => {
    const searches = (twin: number) =>
      page([1500, 1600].flatMap((rate) => [[ours, rate] as const, ['streams', twin] as const]))
    expect(searches(1000)).toContain('crosspoint-instant bore more in each of 2 searches')
    expect(searches(2500)).toContain('streams bore more in each of 2 searches')
    expect(searches(1450)).toContain('neither bore more in each of 2 searches')
  })
})

describe('a line through measurements', () => {
  test('is the line they lie on', () => {
    const number = fc.integer({ min: -50, max: 50 })
    fc.assert(
      fc.property(number, number, (slope, intercept) => {
        const line = fit([1, 5, 9].map((x) => ({ x, y: slope * x + intercept })))
        expect(line.slope).toBeCloseTo(slope)
        expect(line.intercept).toBeCloseTo(intercept)
      }),
    )
  })

  test('a single point counts as all slope, none as nothing', () => {
    expect(fit([{ x: 4, y: 8 }])).toEqual({ slope: 2, intercept: 0 })
    expect(fit([])).toEqual({ slope: 0, intercept: 0 })
  })
})

describe('sizing', () => {
  const costs = costsOf([
    phase('crosspoint-instant', 100, { ms: 0.5, idle: 0.1 }),
    phase('crosspoint-instant', 1000, { ms: 0.5, idle: 0.1 }),
  ])
  if (costs === null) throw new Error('two rates give a line')

  test('costs are what was put in', () => {
    expect(costs.routerMs).toBeCloseTo(0.5)
    expect(costs.routerIdle).toBeCloseTo(0.1)
    expect(costs.bytes['call.arrived']).toBeCloseTo(300)
    expect(costs.enricherMs).toBeCloseTo(0.25)
    expect(costs.dependencies).toBe(2)
  })

  test('one rate alone, or none that was borne, says nothing', () => {
    expect(costsOf([phase('crosspoint-instant', 100)])).toBeNull()
    const broken = [100, 1000].map((rate) => phase('crosspoint-instant', rate, { p99: 900 }))
    expect(costsOf(broken)).toBeNull()
  })

  test('members are worked within their share, and more calls never need less', () => {
    const rate = fc.integer({ min: 1, max: 200_000 })
    fc.assert(
      fc.property(rate, rate, (one, other) => {
        const [less, more] = [
          sizeFor(Math.min(one, other), costs),
          sizeFor(Math.max(one, other), costs),
        ]
        for (const key of ['routers', 'enrichers', 'partitions', 'brokers'] as const) {
          expect(more[key]).toBeGreaterThanOrEqual(less[key])
        }
        const busy = (more.ratePerS * costs.routerMs) / 1000 / (more.routers - ASSUMED.spare)
        expect(busy + costs.routerIdle).toBeLessThanOrEqual(ASSUMED.share + 1e-9)
        expect(more.partitions).toBeGreaterThanOrEqual(more.routers * ASSUMED.partitionsPerMember)
        expect(more.brokers).toBeGreaterThanOrEqual(ASSUMED.replicas)
      }),
    )
  })

  test('the weakest stands first', () => {
    const limits = limitsOf(costs).map(({ ratePerS }) => ratePerS)
    expect(limits).toEqual(limits.toSorted((a, b) => a - b))
    expect(limitsOf(costs)[0]?.what).toContain('router')
  })
})

describe('a plot', () => {
  const axes = { title: 'A < B', xTitle: 'x', yTitle: 'y' } as const
  const kind = fc.constantFrom('linear' as const, 'logarithmic' as const)
  const value = fc.double({ min: 0, max: 1e6, noNaN: true })
  const point = fc
    .tuple(fc.integer({ min: 1, max: 1e6 }), value, value, value)
    .map(([x, ...values]) => {
      const [low = 0, middle = 0, high = 0] = values.toSorted((a, b) => a - b)
      return { x, low, middle, high }
    })

  test('any points, a single one or zeros too, stay within the picture', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 30 }), kind, kind, (points, x, y) => {
        const svg =
          plotSvg({ ...axes, xScale: x, yScale: y, series: [{ name: 's', points }] }) ?? ''
        expect(svg).not.toMatch(/NaN|Infinity|undefined/u)
        const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/u.exec(svg) ?? []
        for (const [, cx, cy] of svg.matchAll(/M(-?[\d.]+) (-?[\d.]+)/gu)) {
          expect(Number(cx)).toBeLessThanOrEqual(Number(width))
          expect(Number(cy)).toBeLessThanOrEqual(Number(height))
          expect(Math.min(Number(cx), Number(cy))).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('nothing to draw is no picture; words are escaped', () => {
    const scales = { xScale: 'linear', yScale: 'linear' } as const
    expect(plotSvg({ ...axes, ...scales, series: [{ name: 's', points: [] }] })).toBeNull()
    const points = [{ x: 1, low: 1, middle: 1, high: 1 }]
    expect(plotSvg({ ...axes, ...scales, series: [{ name: 's', points }] })).toContain('A &lt; B')
  })

  test('marks of an axis are few, round and within', () => {
    fc.assert(
      fc.property(kind, value, value, (scale, one, other) => {
        const [from, to] = [Math.max(0.01, Math.min(one, other)), Math.max(one, other, 0.02)]
        const marks = marksBetween(scale, from, to)
        expect(marks.length).toBeLessThanOrEqual(12)
        for (const mark of marks) {
          expect(mark).toBeGreaterThanOrEqual(from * (1 - 1e-9))
          expect(mark).toBeLessThanOrEqual(to * (1 + 1e-9))
        }
      }),
    )
  })
})
