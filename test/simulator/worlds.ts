/** A range of seeds as tests: no promise may break in any of them, and their faults must have struck. */
import { describe, expect, test } from 'vitest'
import { addUp, CALLS, report, simulate } from './simulate.ts'

export function worlds(first: number, count: number): void {
  describe(`${count} worlds of ${CALLS} calls from seed ${first}`, () => {
    const total = new Map<string, number>()
    const often = (name: string): number => total.get(name) ?? 0

    test('keep the promises', async () => {
      const broken: string[] = []
      for (let seed = first; seed < first + count; seed += 1) {
        const result = await simulate(seed, CALLS)
        addUp(total, result.judgement)
        if (result.judgement.violations.length > 0) broken.push(report(result))
        if (broken.length === 3) break
      }
      expect(broken.join('\n\n')).toBe('')
    })

    test('were put through what they are meant to live through', () => {
      for (const fault of STRIKES) {
        expect(often(`fault: ${fault}`), `${fault} struck calls in flight`).toBeGreaterThan(0)
      }
      for (const trace of TRACES) expect(often(trace), trace).toBeGreaterThan(0)
      expect(often('decisions owed in time')).toBeGreaterThan(count * CALLS * 0.25)
      // A run whose faults hit nothing proves nothing; most must have hit something.
      expect(often('valid runs')).toBeGreaterThan(count * 0.75)
    })
  })
}

const STRIKES = [
  'kill router',
  'kill enricher',
  'crash enricher',
  'kill backup',
  'lane',
  'leader',
  'forget',
  'restart router',
  'restart enricher',
  'freeze router',
  'freeze enricher',
  'join router',
  'join enricher',
  'interrupt router',
  'broker lost',
  'broker refusing',
  'broker slow',
  'broker stopped',
  'dependency',
  'registry',
  'poison',
]

/** What such faults leave behind. */
const TRACES = [
  'trigger ALL_SETTLED',
  'trigger OUTCOME_CERTAIN',
  'trigger DEADLINE',
  'trigger LATE_START',
  'trigger UNREADABLE',
  'trigger CAPACITY',
  'effective decisions of a backup',
  'reduced decisions',
  'append times that went back',
  'late answers',
  'fallbacks',
  'dead letters',
  'decisions that lost',
  'lost acknowledgements',
  'refused requests',
  'arrivals on the wire twice',
]
