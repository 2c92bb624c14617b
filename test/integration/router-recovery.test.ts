/** A router killed in the middle of the window, on real Kafka: the next one finds all it needs in the log. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HEADER } from '../../services/domain/request.ts'
import { lookup, policy } from '../unit/router/shell-world.ts'
import { openWorld, type Sent, type World } from './world/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ partitions: 2 })
})
afterAll(() => world[Symbol.asyncDispose]())

/** All dependencies answer that they know no such caller. */
async function settle({ callId, partition }: Sent): Promise<void> {
  await Promise.all(
    policy.dependencies.map(({ name: dependency }) =>
      world.producer.append({
        topic: 'call.lookup',
        partition,
        key: callId,
        value: world.codec.encode('call.lookup', { ...lookup, callId, dependency }),
        headers: {
          [HEADER.callId]: callId,
          [HEADER.requestNo]: '1',
          [HEADER.dependency]: dependency,
        },
      }),
    ),
  )
}

const arriveMany = (count: number): Promise<Sent[]> =>
  Promise.all(Array.from({ length: count }, () => world.arrive({})))

function decisionsOf(calls: readonly Sent[]) {
  const wanted = new Set(calls.map(({ callId }) => callId))
  return world.witness.all('call.routed').filter(({ value }) => wanted.has(value.callId))
}

const allDecided = (calls: readonly Sent[]): Promise<true> =>
  world.witness.until(`the decisions of ${calls.length} calls`, () =>
    new Set(decisionsOf(calls).map(({ value }) => value.callId)).size === calls.length
      ? true
      : null,
  )

describe('a router that is killed', () => {
  it('§4.6 loses no call and decides none twice', async () => {
    const first = await world.start('router')
    const answered = await arriveMany(30)
    await Promise.all(answered.map(settle))
    await allDecided(answered)
    const inFlight = await arriveMany(60)
    const quick = inFlight.slice(0, 20)
    await Promise.all(quick.map(settle))
    await allDecided(quick)
    await first.kill()

    const undecided = inFlight.length - decisionsOf(inFlight).length
    expect(undecided, 'calls that the kill hit undecided').toBeGreaterThan(20)
    const meanwhile = await arriveMany(20)
    await Promise.all(meanwhile.slice(0, 10).map(settle))

    await world.start('router')
    const all = [...answered, ...inFlight, ...meanwhile]
    await allDecided(all)
    const live = await arriveMany(10)
    await Promise.all(live.map(settle))
    await allDecided(live)

    const perCall = Map.groupBy(decisionsOf([...all, ...live]), ({ value }) => value.callId)
    expect([...perCall.values()].filter((records) => records.length > 1)).toEqual([])
    expect(perCall.size).toBe(all.length + live.length)
    const late = decisionsOf(inFlight.slice(20)).filter(
      ({ value }) => value.routerId === 'router-1',
    )
    expect(new Set(late.map(({ value }) => value.trigger))).toEqual(new Set(['LATE_START']))
    const onTime = decisionsOf(live).filter(
      ({ record, value }) => record.appendedAt <= value.decideBy,
    )
    expect(onTime).toHaveLength(live.length)
  })

  it('writes down why, once for each call, though its auditor was killed as well', async () => {
    const decided = world.witness.all('call.routed').map(({ value }) => value.decisionId)
    await world.witness.until('the audit of every decision', () => {
      const audited = world.witness.all('audit.decision').map(({ value }) => value.decisionId)
      return new Set(audited).size === decided.length ? true : null
    })
    const effective = world.witness.all('audit.decision').filter(({ value }) => value.effective)
    expect(new Set(effective.map(({ value }) => value.decisionId))).toEqual(new Set(decided))
  })
})
