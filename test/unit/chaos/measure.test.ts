import { describe, expect, it } from 'vitest'
import type { Topics } from '../../../services/audit/verify/evidence.ts'
import { livesOf, measure } from '../../../services/chaos/measure.ts'
import type { TruthLine } from '../../../services/chaos/truth.ts'
import { anArrival, aDecision } from './records.ts'

const WINDOW_MS = 2500

/** A call that arrived and was decided, by whom and when; null: not yet. */
interface Told {
  readonly arrivedAt: number
  readonly decidedAt: number | null
  readonly by?: string
  readonly partition?: number
}

function topicsOf(told: readonly Told[]): Topics {
  const arrived = told.map(({ arrivedAt, partition = 0 }, offset) =>
    anArrival({ callId: `c${offset}`, partition, offset, appendedAt: arrivedAt }),
  )
  const routed = told
    .flatMap(({ decidedAt, partition = 0, by = 'router-1', arrivedAt }, offset) =>
      decidedAt === null
        ? []
        : [{ callId: `c${offset}`, partition, arrivalOffset: offset, by, arrivedAt, decidedAt }],
    )
    .toSorted((a, b) => a.decidedAt - b.decidedAt)
    .map((one, offset) => aDecision({ ...one, offset }))
  return {
    arrived,
    routed,
    lookups: [],
    decisions: [],
    fallbacks: [],
    late: [],
    deadLetters: [],
  }
}

const measured = (told: readonly Told[], truth: readonly TruthLine[] = []) => {
  const topics = topicsOf(told)
  return measure(topics, truth, livesOf(topics, WINDOW_MS))
}

const killed = (at: number): TruthLine => ({
  at,
  kind: 'service',
  target: 'router-1',
  detail: { role: 'router', what: 'SIGKILL' },
})

describe('what a run shows', () => {
  it('lateness counts from decideBy, and is negative when everything was early', () => {
    expect(measured([{ arrivedAt: 0, decidedAt: 100 }]).worstLatenessMs).toBe(-2400)
    const late = measured([
      { arrivedAt: 0, decidedAt: 100 },
      { arrivedAt: 0, decidedAt: 2600 },
    ])
    expect(late).toMatchObject({ worstLatenessMs: 100, late: 1 })
    expect(measured([{ arrivedAt: 0, decidedAt: null }]).worstLatenessMs).toBeNull()
  })

  it('an outage is the longest stretch without a decision while calls were open', () => {
    const calls = [
      { arrivedAt: 0, decidedAt: 100 },
      // Nobody waits from 100 to 5000.
      { arrivedAt: 5000, decidedAt: 5100 },
      { arrivedAt: 5050, decidedAt: 7050 },
      { arrivedAt: 6000, decidedAt: 7060 },
    ]
    expect(measured(calls).outageMs).toBe(1950)
  })

  it('partitions have outages of their own', () => {
    const busy = Array.from({ length: 10 }, (_, index) => ({
      arrivedAt: index * 100,
      decidedAt: index * 100 + 50,
      partition: 1,
    }))
    expect(measured([...busy, { arrivedAt: 0, decidedAt: 900, partition: 0 }]).outageMs).toBe(900)
  })

  it('a takeover ends with the first decision by somebody else of a call that the killed one held', () => {
    const calls = [
      { arrivedAt: 0, decidedAt: 500 },
      { arrivedAt: 900, decidedAt: 3000, by: 'backup-1' },
      // Arrived after the kill: no call that it held.
      { arrivedAt: 1100, decidedAt: 2000, by: 'backup-1' },
    ]
    expect(measured(calls, [killed(1000)]).takeoverMs).toBe(2000)
    expect(measured(calls).takeoverMs).toBeNull()
  })

  it('of several partitions the slowest takeover counts, and only those that the killed one served', () => {
    const calls = [
      { arrivedAt: 0, decidedAt: 500, partition: 0 },
      { arrivedAt: 0, decidedAt: 500, partition: 1 },
      { arrivedAt: 0, decidedAt: 500, partition: 2, by: 'router-2' },
      { arrivedAt: 900, decidedAt: 1500, partition: 0, by: 'router-2' },
      { arrivedAt: 900, decidedAt: 2500, partition: 1, by: 'router-2' },
      { arrivedAt: 900, decidedAt: 9000, partition: 2, by: 'router-2' },
    ]
    expect(measured(calls, [killed(1000)]).takeoverMs).toBe(1500)
  })

  it('records beyond the first of their request are doubled on the wire', () => {
    const topics = topicsOf([{ arrivedAt: 0, decidedAt: 100 }])
    const [first] = topics.routed
    const again = first === undefined ? [] : [{ ...first, offset: 1, appendedAt: 200 }]
    const doubled = { ...topics, routed: [...topics.routed, ...again] }
    expect(measure(doubled, [], livesOf(doubled, WINDOW_MS)).duplicatesOnWire).toBe(1)
  })
})
