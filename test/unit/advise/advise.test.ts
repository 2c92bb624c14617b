import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Advice, adviceOf } from '../../../services/advise/advice.ts'
import {
  addCall,
  changeFor,
  type Curve,
  mergeCurve,
  newCurve,
  trialOf,
  trialsOf,
  WINDOW,
} from '../../../services/advise/curve.ts'
import { advicePage, curveSvg } from '../../../services/advise/page.ts'
import { adviceText, curveText, sparkline } from '../../../services/advise/text.ts'
import { sameRoute } from '../../../services/what-if/core/difference.ts'
import type { Recording } from '../../../services/what-if/core/recording.ts'
import { again, made, policy, recordingOf } from '../what-if/world.ts'

const LATE_WAIT_MS = 5000
const trials = trialsOf(policy, LATE_WAIT_MS)

function curveOf(name: string, recordings: readonly Recording[]): Curve {
  const trial = trials.find((one) => one.name === name)
  if (trial === undefined) throw new Error(name)
  const curve = newCurve(trial)
  for (const recording of recordings) addCall(curve, recording, policy, LATE_WAIT_MS)
  return curve
}

const isLost = ({ outcome, cause, origin }: Recording['decision']['lookups'][number]): boolean =>
  outcome === 'NO_ANSWER' || outcome === 'TIMED_OUT' || (origin === 'CACHE' && cause === 'RESPONSE')

describe('a curve', () => {
  test.each(['crm', 'billing', 'priority', WINDOW])(
    '%s: counts what deciding every call again with every value counts',
    (name) => {
      const recordings = made(5, 400).map(recordingOf)
      const { points, trial } = curveOf(name, recordings)
      const every = recordings.map((recording) =>
        trial.valuesMs.map((ms) => again(recording, changeFor(name, ms, policy))),
      )
      for (const [index, point] of points.entries()) {
        const expected = {
          gaveUp: 0,
          spared: 0,
          unneeded: 0,
          changed: 0,
          untold: 0,
          elsewhere: 0,
          longer: 0,
          shorter: 0,
        }
        for (const [call, { decision }] of recordings.entries()) {
          const now = every[call]?.[index]
          const patient = every[call]?.at(-1)
          if (now === undefined || patient === undefined) throw new Error('not tried')
          const own = now.lookups.filter((one) => name === WINDOW || one.dependency === name)
          const moreMs = now.waitedMs - (decision.decidedAt - decision.arrivedAt)
          expected.gaveUp += own.filter(isLost).length
          for (const { dependency } of own.filter((one) => !isLost(one))) {
            const before = decision.lookups.find((one) => one.dependency === dependency)
            if (before === undefined || !isLost(before)) continue
            expected.spared += 1
            if (!recordings[call]?.late.has(dependency)) expected.unneeded += 1
          }
          expected.untold += now.told ? 0 : 1
          expected.changed += now.told && !sameRoute(now.verdict, decision) ? 1 : 0
          expected.elsewhere += sameRoute(now.verdict, patient.verdict) ? 0 : 1
          expected.longer += moreMs > 0 ? 1 : 0
          expected.shorter += moreMs < 0 ? 1 : 0
        }
        expect(point).toMatchObject(expected)
      }
    },
  )

  test('nothing changes at the value that holds now', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const recordings = made(seed, 25).map(recordingOf)
        for (const { name, currentMs } of trials) {
          const curve = curveOf(name, recordings)
          const now = curve.points.find(({ valueMs }) => valueMs === currentMs)
          expect(now).toMatchObject({ changed: 0, longer: 0, shorter: 0, gaveUp: curve.gaveUp })
        }
      }),
      { numRuns: 15 },
    )
  })

  test('a longer timeout never gives up more, and its last value goes nowhere else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { points } = curveOf('crm', made(seed, 60).map(recordingOf))
        const lost = points.map(({ gaveUp }) => gaveUp)
        expect(lost).toEqual(lost.toSorted((a, b) => b - a))
        expect(points.at(-1)?.elsewhere).toBe(0)
      }),
      { numRuns: 15 },
    )
  })

  test('halves add up', () => {
    const recordings = made(9, 200).map(recordingOf)
    const sum = curveOf('crm', recordings.slice(0, 90))
    mergeCurve(sum, curveOf('crm', recordings.slice(90)))
    expect(sum).toEqual(curveOf('crm', recordings))
  })

  test('values reach as far as anybody listened for late answers, no farther', () => {
    const { valuesMs } = trialOf('crm', 2000, 600)
    expect(Math.max(...valuesMs)).toBe(2500)
    expect(valuesMs).toContain(2000)
    expect(valuesMs).toEqual(valuesMs.toSorted((a, b) => a - b))
  })
})

describe('advice', () => {
  const recordings = made(2, 1500).map(recordingOf)
  const crm = curveOf('crm', recordings)
  const terms = { lateWaitMs: LATE_WAIT_MS, terms: policy }
  const { enricherMs } = policy.margins
  const advise = (curve: Curve, tolerance: number): Advice =>
    adviceOf(curve, recordings.length, { ...terms, tolerance })

  test('is the shortest value tried within the tolerance', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.05, noNaN: true }), (tolerance) => {
        const { recommendedMs } = advise(crm, tolerance)
        const within = crm.points.filter(
          ({ elsewhere, gaveUp }) =>
            elsewhere <= tolerance * recordings.length &&
            gaveUp <= crm.gaveUp + tolerance * recordings.length,
        )
        expect(recommendedMs).toBe(within[0]?.valueMs)
      }),
    )
  })

  test('never recommends a window that cuts timeouts', () => {
    const window = curveOf(WINDOW, recordings)
    const longestMs = Math.max(...policy.dependencies.map(({ timeoutMs }) => timeoutMs))
    expect(advise(window, 1).recommendedMs).toBeGreaterThanOrEqual(longestMs + enricherMs)
  })

  test('names the window with every timeout that does not fit the one there is', () => {
    for (const name of policy.dependencies.map((one) => one.name)) {
      const curve = curveOf(name, recordings)
      for (const { valueMs } of curve.points) {
        // As though only this value were good enough.
        const points = curve.points.map((point) => ({
          ...point,
          elsewhere: point.valueMs === valueMs ? 0 : recordings.length,
        }))
        const { recommendedMs, windowMs, sentences } = advise(
          { ...curve, gaveUp: 1e6, points },
          0.1,
        )
        const needsMs = valueMs + enricherMs
        expect(recommendedMs).toBe(valueMs)
        expect(windowMs).toBe(needsMs > policy.windowMs ? needsMs : null)
        const text = sentences.at(-1) ?? ''
        expect(text.includes(`with a window of ${needsMs} ms`)).toBe(needsMs > policy.windowMs)
      }
    }
  })

  test('never says that a lookup is spared and that nothing spares it', () => {
    const window = curveOf(WINDOW, recordings)
    expect(window.points.some(({ unneeded }) => unneeded > 0)).toBe(true)
    for (const curve of [crm, window]) {
      for (const { spared, unneeded } of curve.points) {
        // What never answered is spared only by being unneeded.
        expect(spared - unneeded).toBeLessThanOrEqual(curve.answeredLate)
      }
      expect(advise(curve, 0.005).limits.join(' ')).not.toContain('spares them')
    }
    const [point] = crm.points
    const told = advise(
      {
        ...crm,
        points: [{ ...point!, valueMs: 2300, gaveUp: crm.gaveUp - 2, spared: 2, unneeded: 2 }],
      },
      0,
    )
    expect(told.sentences[0]).toContain('spared 2 of')
    expect(told.sentences[0]).toContain('2 of them because the call no longer waited for it')
  })

  test('says how many lookups given up never answered as far as anybody knows', () => {
    const never = crm.gaveUp - crm.answeredLate
    expect(never).toBeGreaterThan(0)
    expect(advise(crm, 0.005).limits[0]).toContain(`${never} of ${crm.gaveUp}`)
  })

  test('is none when hardly any call was touched', () => {
    const few = curveOf('crm', recordings.slice(0, 10))
    expect(advise(few, 0.005).recommendedMs).toBeNull()
    expect(advise(few, 0.005).sentences.join(' ')).toContain('No advice')
  })

  test('is drawn without anything from elsewhere', () => {
    const advice = advise(crm, 0.005)
    const page = advicePage([{ curve: crm, advice }], recordings.length)
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|url\(/u)
    expect(curveSvg(crm, advice, recordings.length)).toMatch(/^<svg[^]*<\/svg>$/u)
    expect(page).toContain(`${crm.points.at(-1)?.valueMs} ms`)
  })

  test('fits a terminal of 80 columns', () => {
    for (const { name } of trials) {
      const curve = curveOf(name, recordings)
      const lines = curveText(curve, advise(curve, 0.005), recordings.length, 80)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })

  test('no share of lookups given up exceeds the whole', () => {
    for (const { name } of trials) {
      const { points, lookups } = curveOf(name, recordings)
      for (const { gaveUp } of points) expect(gaveUp).toBeLessThanOrEqual(lookups)
    }
  })

  test('on what touches no call is told once, without tables of zeros', () => {
    const idle = ['billing', WINDOW].map((name) => curveOf(name, []))
    const told = [...idle, crm].map((curve) => ({ curve, advice: advise(curve, 0.005) }))
    const table = curveText(crm, advise(crm, 0.005), recordings.length)
    const lines = adviceText(told, recordings.length)
    expect(lines.slice(0, -1)).toEqual(table)
    expect(lines.at(-1)).toMatch(/^No advice on billing, window: no lookup was given up/u)
    expect(adviceText(told.slice(0, 2), recordings.length)).toHaveLength(1)
    expect(adviceText(told.slice(2), recordings.length)).toEqual(table)
  })

  test('is told as a table with a line a value', () => {
    const text = curveText(crm, advise(crm, 0.005), recordings.length)
    for (const { valueMs } of crm.points) {
      expect(text.some((line) => line.includes(`${valueMs} ms`))).toBe(true)
    }
    expect(sparkline([0, 5, 10])).toBe('▁▅█')
  })
})
