import { describe, expect, it } from 'vitest'
import { boundOf } from '../../../services/chaos/bounds.ts'
import { CATALOGUE } from '../../../services/chaos/catalogue.ts'
import { chaosOptions } from '../../../services/chaos/options.ts'
import { createRandom } from '../../../infra/random.ts'
import { periodOf, soakOf } from '../../../services/chaos/soak.ts'

const ids = (given: Parameters<typeof chaosOptions>[0]): readonly string[] =>
  chaosOptions(given, CATALOGUE).scenarios.map(({ id }) => id)

describe('what a command line chooses', () => {
  it('everything when nothing is named', () => {
    expect(ids({})).toEqual(CATALOGUE.map(({ id }) => id))
  })

  it('a row gives all of its scenarios, an id one, in the order of the catalogue', () => {
    const [first] = CATALOGUE.filter(({ row }) => row === 'F1')
    expect(ids({ scenario: first?.id ?? '' })).toEqual([first?.id])
    expect(ids({ scenario: 'f12, F1' })).toEqual(
      CATALOGUE.filter(({ row }) => row === 'F1' || row === 'F12').map(({ id }) => id),
    )
  })

  it('a soak takes no scenarios', () => {
    expect(() => chaosOptions({ soak: true, scenario: 'F1' }, CATALOGUE)).toThrow('--scenario')
  })

  it('a soak stands alone and lasts half an hour unless told otherwise', () => {
    const [usual] = chaosOptions({ soak: true }, CATALOGUE).scenarios
    expect(usual?.load.durationMs).toBe(30 * 60_000)
    expect(ids({ scenario: 'F25' })).toEqual(['F25-soak'])
    const [longer] = chaosOptions({ soak: true, duration: '2h' }, CATALOGUE).scenarios
    expect(longer?.load.durationMs).toBe(7_200_000)
  })

  it('the duration is put on every scenario', () => {
    const { scenarios } = chaosOptions({ scenario: 'F1', duration: '40s' }, CATALOGUE)
    expect(new Set(scenarios.map(({ load }) => load.durationMs))).toEqual(new Set([40_000]))
  })

  it.each([
    [{ scenario: 'F99' }, /there is no F99/],
    [{ seed: '-1' }, /--seed is -1/],
    [{ duration: 'soon' }, /--duration is soon/],
    [{ brokers: '2' }, /allowed: 1, 3/],
    [{ page: 'faults.txt' }, /ends in .md/],
  ])('%o is refused with what is allowed', (given, message) => {
    expect(() => chaosOptions(given, CATALOGUE)).toThrow(message)
  })
})

describe('the catalogue', () => {
  it('has ids that are unique and begin with their row, in the order of the rows', () => {
    const all = CATALOGUE.map(({ id }) => id)
    expect(new Set(all).size).toBe(all.length)
    for (const { id, row } of CATALOGUE) expect(id.startsWith(`${row}-`)).toBe(true)
    const rows = CATALOGUE.map(({ row }) => Number(row.slice(1)))
    expect(rows).toEqual(rows.toSorted((a, b) => a - b))
  })

  it('names bounds that exist', () => {
    const unknown = CATALOGUE.flatMap(({ bounds }) => bounds).filter((one) => boundOf(one) === null)
    expect(unknown).toEqual([])
  })
})

describe('a soak', () => {
  const periods = (seed: number): string[] => {
    const random = createRandom(seed)
    return Array.from({ length: 400 }, () =>
      periodOf(random)
        .map(({ name }) => name)
        .join(' + '),
    )
  }

  it('does the same harm for the same seed', () => {
    expect(periods(7)).toEqual(periods(7))
    expect(periods(7)).not.toEqual(periods(8))
    expect(soakOf(7, 1000).id).toBe('F25-soak')
  })

  it('leaves about a quarter of its periods calm, and has at most two faults in one', () => {
    const all = periods(7)
    const calm = all.filter((one) => one === '').length / all.length
    expect(calm).toBeGreaterThan(0.18)
    expect(calm).toBeLessThan(0.32)
    for (const one of all) expect(one.split(' + ').length).toBeLessThanOrEqual(2)
  })
})
