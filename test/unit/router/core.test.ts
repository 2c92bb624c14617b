import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flowOf } from '../../../services/router/core/flow.ts'
import type { Input } from '../../../services/router/core/state.ts'
import { arrived, core, dependencies, marker, outcomeOf, settled, T0 } from './core-world.ts'

const outcomes = fc.tuple(...dependencies.map(outcomeOf))
const order = fc.shuffledSubarray(dependencies, { minLength: dependencies.length })
const calls = (count: number): string[] => Array.from({ length: count }, (_, at) => `call-${at}`)

describe("the router's core", () => {
  test('§4.1 one decision per request, whatever is repeated and in whatever order it comes', () => {
    const event = fc.record({
      kind: fc.constantFrom('arrival', 'lookup', 'tick', 'acknowledge'),
      call: fc.integer({ min: 0, max: 4 }),
      dependency: fc.constantFrom(...dependencies),
      passMs: fc.integer({ min: 0, max: 900 }),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const { run, decisions, acknowledge } = core()
        let now = T0
        let offset = 0
        let acked = 0
        const seen = new Set<string>()
        for (const { kind, call, dependency, passMs } of events) {
          now += passMs
          offset += 1
          const callId = `call-${call}`
          if (kind === 'arrival') {
            seen.add(callId)
            run(arrived(offset, callId, now), now)
          } else if (kind === 'lookup') run(settled(offset, callId, dependency, now), now)
          else if (kind === 'tick') run({ type: 'tick', overdueMax: 10 }, now)
          else {
            acknowledge(acked)
            acked = decisions().length
          }
        }
        run({ type: 'tick', overdueMax: 100 }, now + 3000)
        const decided = decisions().map(({ callId }) => callId)
        expect(decided.toSorted()).toEqual([...seen].toSorted())
      }),
    )
  })

  test('§4.1 a marker counts unless it is void', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59_000 }), (sleptMs) => {
        const { run, decisions } = core()
        run(marker('call-1', T0 - sleptMs, T0), T0)
        run(arrived(1, 'call-1', T0 + 1), T0 + 1)
        run({ type: 'tick', overdueMax: 1 }, T0 + 2400)
        expect(decisions()).toHaveLength(sleptMs > 30_000 ? 1 : 0)
      }),
    )
  })

  test('§4.2 a route that was certain is the route all answers give', () => {
    fc.assert(
      fc.property(outcomes, order, (given, wanted) => {
        const early = core()
        const whole = core()
        early.run(arrived(1, 'call-1', T0), T0)
        wanted.forEach((dependency, at) => {
          const more = given[dependencies.indexOf(dependency)] ?? {}
          early.run(settled(at, 'call-1', dependency, T0 + 10, more), T0 + 10)
          whole.run(settled(at, 'call-1', dependency, T0 + 10, more), T0 + 10)
        })
        whole.run(arrived(1, 'call-1', T0), T0 + 20)
        const [first] = early.decisions()
        const [all] = whole.decisions()
        expect(all?.trigger).toBe('ALL_SETTLED')
        expect([first?.ruleId, first?.target]).toEqual([all?.ruleId, all?.target])
        if (first?.trigger === 'ALL_SETTLED') return
        expect(first?.trigger).toBe('OUTCOME_CERTAIN')
        const pending = first?.lookups.filter(({ settledOffset }) => settledOffset === null) ?? []
        expect(new Set(pending.map(({ outcome }) => outcome))).toEqual(new Set(['NOT_NEEDED']))
      }),
    )
  })

  test('§4.3 what is pending at decideBy − publishMargin is NO_ANSWER, not a moment earlier', () => {
    const within = fc.option(fc.integer({ min: 0, max: 5000 }))
    fc.assert(
      fc.property(within, fc.integer({ min: 0, max: 400 }), (decideWithinMs, lateMs) => {
        const { run, decisions } = core()
        run(arrived(1, 'call-1', T0, { decideWithinMs }), T0)
        const decideBy = T0 + Math.min(2500, decideWithinMs ?? 2500)
        const dueAt = decideBy - 250
        run({ type: 'tick', overdueMax: 1 }, Math.max(T0, dueAt - 1))
        if (dueAt > T0) expect(decisions()).toEqual([])
        const now = Math.max(T0 + 1, dueAt + lateMs)
        run({ type: 'tick', overdueMax: 1 }, now)
        const [decision] = decisions()
        expect(decision?.decideBy).toBe(decideBy)
        expect(decision?.lookups.map(({ outcome }) => outcome)).toContain('NO_ANSWER')
        if (now < decideBy) expect(decision?.trigger).toBe('DEADLINE')
      }),
    )
  })

  test('§4.4 the first settled record by offset counts, in whatever order they are read', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(offsets, fc.boolean(), (all, before) => {
        const { run, decisions } = core()
        if (!before) run(arrived(1, 'call-1', T0), T0)
        for (const offset of all) run(settled(offset, 'call-1', 'crm', T0 + 1), T0 + 1)
        if (before) run(arrived(1, 'call-1', T0), T0 + 2)
        run({ type: 'tick', overdueMax: 1 }, T0 + 2300)
        run(settled(0, 'call-1', 'crm', T0 + 2301), T0 + 2301)
        const used = decisions()[0]?.lookups.find(({ dependency }) => dependency === 'crm')
        expect(decisions()).toHaveLength(1)
        expect(used?.settledOffset).toBe(Math.min(...all))
      }),
    )
  })

  test('§4.5 an id names what went in: the same inputs the same id, others another', () => {
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 1, max: 1e6 }), (given, offset) => {
        const decide = (at: number, first: number) => {
          const { run, decisions } = core()
          run(arrived(at, 'call-1', T0), T0)
          dependencies.forEach((dependency, index) => {
            run(settled(first + index, 'call-1', dependency, T0 + 1, given[index]), T0 + 1)
          })
          return decisions()[0]?.decisionId
        }
        expect(decide(offset, 7)).toBe(decide(offset, 7))
        expect(decide(offset, 7)).not.toBe(decide(offset + 1, 7))
        expect(decide(offset, 7)).not.toBe(decide(offset, 8))
      }),
    )
  })

  test('§4.6 wherever a router dies, the next one decides what is undecided and nothing else', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (count, cutAt, acknowledged) => {
          const names = calls(count)
          const first = core()
          const log = names.map((callId, at) => arrived(at, callId, T0 + at))
          const read = cutAt % (count + 1)
          for (const input of log.slice(0, read)) first.run(input, T0 + 20)
          first.run({ type: 'tick', overdueMax: 100 }, T0 + 2300)
          // Some decisions are appended, of these all are read back by the next.
          const appended = first.published.filter((_, at) => acknowledged[at])
          for (const { request, decision } of appended) {
            const { decidedAt } = decision
            const ack = { request, decidedAt, appendedAt: T0 + 2305 }
            first.run({ type: 'acknowledged', ...ack }, T0 + 2305)
          }
          const from = first.state().watermark.take()?.offset ?? 0
          const next = core({}, false)
          for (const input of log.slice(from)) next.run(input, T0 + 9000)
          next.run({ type: 'gate', lookupEnd: 0, routedEnd: appended.length }, T0 + 9000)
          next.run({ type: 'tick', overdueMax: 100 }, T0 + 9000)
          expect(next.published).toEqual(appended.length === 0 ? next.published : [])
          for (const { decision } of appended) {
            next.run(marker(decision.callId, decision.decidedAt, T0 + 2305), T0 + 9000)
          }
          const nextOffset = appended.length
          next.run({ type: 'position', topic: 'call.routed', nextOffset }, T0 + 9000)
          next.run({ type: 'tick', overdueMax: 100 }, T0 + 9001)
          const decided = [...appended, ...next.published].map(({ decision }) => decision.callId)
          expect(decided.toSorted()).toEqual(names.toSorted())
        },
      ),
    )
  })

  test('§4.7 after a stall nothing is published before call.routed was read to its end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 19 }), (end, found) => {
        const { run, decisions } = core()
        calls(20).forEach((callId, at) => run(arrived(at, callId, T0), T0))
        run({ type: 'stalled' }, T0 + 2300)
        run({ type: 'tick', overdueMax: 100 }, T0 + 2300)
        run({ type: 'gate', lookupEnd: 0, routedEnd: end }, T0 + 2310)
        run(marker(`call-${found}`, T0 + 2000, T0 + 2005), T0 + 2310)
        run({ type: 'position', topic: 'call.routed', nextOffset: end - 1 }, T0 + 2310)
        run({ type: 'tick', overdueMax: 100 }, T0 + 2310)
        expect(decisions()).toEqual([])
        run({ type: 'position', topic: 'call.routed', nextOffset: end }, T0 + 2311)
        run({ type: 'tick', overdueMax: 100 }, T0 + 2311)
        const decided = decisions().map(({ callId }) => callId)
        expect(decided).toHaveLength(19)
        expect(decided).not.toContain(`call-${found}`)
      }),
    )
  })

  test('§4.8 in-time decisions come first, overdue ones at most so many a tick', () => {
    const counts = fc.integer({ min: 0, max: 30 })
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 10 }), (late, live, overdueMax) => {
        const { run, decisions } = core()
        const now = T0 + 60_000
        for (let at = 0; at < late; at += 1) run(arrived(at, `late-${at}`, T0), now)
        for (let at = 0; at < live; at += 1) run(arrived(100 + at, `live-${at}`, now), now)
        expect(decisions()).toEqual([])
        run({ type: 'tick', overdueMax }, now + 2300)
        const triggers = decisions().map(({ trigger }) => trigger)
        const drained = Math.min(late, overdueMax)
        expect(triggers).toEqual([
          ...Array.from({ length: live }, () => 'DEADLINE'),
          ...Array.from({ length: drained }, () => 'LATE_START'),
        ])
        const undeliverable = decisions().filter(({ deliverable }) => !deliverable)
        expect(undeliverable).toHaveLength(drained)
      }),
    )
  })

  test('§4.9 beyond the limit the oldest is decided; early lookups stay bounded and are paused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (count, max) => {
          const { run, decisions, state } = core({ openMax: max, earlyMax: 2 * max })
          const names = calls(count)
          names.forEach((callId, at) => {
            run(arrived(at, callId, T0 + at), T0 + at)
            expect(state().inTime).toBeLessThanOrEqual(max)
          })
          const decided = decisions()
          expect(decided.map(({ callId }) => callId)).toEqual(
            names.slice(0, Math.max(0, count - max)),
          )
          expect(decided.filter(({ trigger }) => trigger !== 'CAPACITY')).toEqual([])
          for (let at = 0; at < 3 * max; at += 1) {
            run(settled(at, `unknown-${at}`, 'crm', T0 + 100), T0 + 100)
          }
          expect(state().early.size).toBeLessThanOrEqual(2 * max)
          const reads = { arrived: true, lookups: true, routed: true }
          expect(flowOf(state(), reads).lookups).toBe(false)
          run({ type: 'stalled' }, T0 + 100)
          expect(flowOf(state(), reads).lookups).toBe(true)
        },
      ),
    )
  })

  test('§4.10 an unreadable arrival is decided at once, a held one by its deadline at the latest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('never', 'known', 'unknown'),
        fc.nat({ max: 2000 }),
        (answer, ms) => {
          const { run, decisions, state } = core()
          const place = {
            callId: 'call-1',
            requestNo: 1,
            offset: 1,
            appendedAt: T0,
            traceparent: null,
          }
          run({ type: 'held', detail: 'no schema yet', ...place }, T0)
          const known = arrived(1, 'call-1', T0)
          const arrival = answer === 'known' && 'arrival' in known ? known.arrival : null
          if (answer !== 'never') run({ type: 'learnt', offset: 1, arrival }, T0 + ms)
          run({ type: 'tick', overdueMax: 1 }, T0 + 2300)
          const [decision] = decisions()
          expect(decisions()).toHaveLength(1)
          expect(decision?.trigger).toBe(answer === 'known' ? 'DEADLINE' : 'UNREADABLE')
          expect(decision?.decidedAt).toBe(T0 + (answer === 'unknown' ? ms : 2300))
          const cause = decision?.fallbacks[0]?.cause
          if (answer === 'never') expect(cause).toBe('SCHEMA_UNAVAILABLE')
          // Until its dead letter is written, or the registry has answered, nothing is passed.
          const [published] = [decision]
          expect(published).toBeDefined()
          const input: Input = { type: 'letter-written', offset: 1 }
          run(marker('call-1', T0 + 2300, T0 + 2301), T0 + 2302)
          expect(state().watermark.take() === null).toBe(answer !== 'known')
          if (answer === 'unknown') run(input, T0 + 2303)
          if (answer === 'unknown') expect(state().watermark.take()?.offset).toBe(2)
        },
      ),
    )
  })

  test('§4.11 a decision that is not acknowledged holds up no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (count, stuck) => {
        const { run, published, state } = core()
        calls(count).forEach((callId, at) => run(arrived(at, callId, T0), T0))
        run({ type: 'tick', overdueMax: 1 }, T0 + 2300)
        const held = stuck % count
        published.slice().forEach(({ request, decision: { decidedAt } }, at) => {
          if (at === held) return
          run({ type: 'acknowledged', request, decidedAt, appendedAt: T0 + 2305 }, T0 + 2305)
        })
        const oldest = published[held]?.request
        expect([...state().open.values()]).toEqual([oldest])
        expect(state().watermark.take()?.offset ?? 0).toBe(oldest?.offset)
        if (oldest === undefined) return
        // Not appended within its time: decided again as of now, so that it is not void.
        run({ type: 'unacknowledged', request: oldest }, T0 + 40_000)
        const again = published.at(-1)
        expect(again?.request).toBe(oldest)
        expect(again?.decision.decidedAt).toBe(T0 + 40_000)
        expect(again?.decision.target).toEqual(published[held]?.decision.target)
      }),
    )
  })
})
