/** Partitions that change hands with calls in flight: by a stop, or because another router has joined. */
import { describe, expect, test } from 'vitest'
import type { CallArrived } from '../../../schemas/records.ts'
import { calm } from '../../../services/platform/memory/weather.ts'
import { arrived, core, marker, settled, dependencies, T0 } from './core-world.ts'
import { policy, world } from './shell-world.ts'

const { publishMs, backupMs } = policy.margins
const decideBy = T0 + policy.windowMs

describe('a partition that was handed over (§5, Lanes)', () => {
  test('is decided from decideBy − backupMargin on, though the route is certain before', () => {
    const { run, decisions } = core()
    run(arrived(1, 'call-1', T0), T0)
    run({ type: 'handed-over' }, T0 + 10)
    dependencies.forEach((name, at) => run(settled(at, 'call-1', name, T0 + 20), T0 + 20))
    run({ type: 'tick', overdueMax: 1 }, decideBy - publishMs)
    run({ type: 'tick', overdueMax: 1 }, decideBy - backupMs - 1)
    expect(decisions()).toEqual([])
    run({ type: 'tick', overdueMax: 1 }, decideBy - backupMs)
    expect(decisions()).toMatchObject([{ callId: 'call-1', trigger: 'ALL_SETTLED' }])
  })

  test('is not decided where the successor has decided', () => {
    const { run, decisions, state } = core()
    run(arrived(1, 'call-1', T0), T0)
    run({ type: 'handed-over' }, T0 + 10)
    run(marker('call-1', decideBy - publishMs, decideBy - publishMs), decideBy - publishMs + 20)
    run({ type: 'tick', overdueMax: 1 }, decideBy - backupMs)
    expect(decisions()).toEqual([])
    expect(state().inTime).toBe(0)
  })

  test('leaves overdue requests to the successor', () => {
    const { run, decisions } = core()
    run(arrived(1, 'call-1', T0 - 10_000), T0)
    run({ type: 'handed-over' }, T0)
    run({ type: 'tick', overdueMax: 10 }, T0 + 20_000)
    expect(decisions()).toEqual([])
  })
})

describe('calls in flight while partitions change hands', () => {
  const HAND_OVER_MS = 3000
  /** A successor that needs the best part of a second to find its place and to read the log. */
  const far = (draws: () => number) => ({
    ...calm(draws),
    latencyMs: () => 60,
    fetchMs: () => 120,
  })

  /** A world with a call every 20 ms, none of whose lookups is answered before its deadline. */
  function busyWorld(more: Partial<CallArrived> = {}) {
    const inner = world(4)
    let calls = 0
    return {
      ...inner,
      calls: () => calls,
      /** Ends in order, as SIGTERM has it. */
      async leave(this: void, { router, process }: Awaited<ReturnType<typeof inner.start>>) {
        await router.stop()
        process.kill()
      },
      async load(this: void, ms: number) {
        for (let passed = 0; passed < ms; passed += 20) {
          inner.arrive(`call-${calls}`, calls % 4, more)
          calls += 1
          await inner.pass(20)
        }
      },
      /** Two that decide in the same moment are no harm: the first counts. */
      late(this: void) {
        const first = new Map(
          inner
            .decisions()
            .toReversed()
            .map((one) => [one.callId, one]),
        )
        return [...first.values()].filter((one) => one.appendedAt > one.decideBy)
      },
      allDecided: () => expect(new Set(inner.decidedCalls()).size).toBe(calls),
    }
  }

  test('a router that is told to stop makes none late and is gone within 3 s', async () => {
    const { start, leave, load, late, time, pass, allDecided } = busyWorld()
    const first = await start()
    await start({}, far)
    await load(3000)
    const beganMs = time.nowMs()
    const stopping = leave(first).then(() => time.nowMs() - beganMs)
    await load(4000)
    await pass(5000)
    expect(await stopping).toBeLessThan(HAND_OVER_MS)
    expect(late()).toEqual([])
    allDecided()
  })

  test('the only router that is told to stop decides what it has read', async () => {
    const { start, leave, load, late, pass, allDecided } = busyWorld()
    const only = await start()
    await load(3000)
    const stopping = leave(only)
    await pass(HAND_OVER_MS)
    await stopping
    expect(late()).toEqual([])
    allDecided()
  })

  test('another router that joins makes none late', async () => {
    const { start, load, late, pass, allDecided } = busyWorld()
    await start()
    await load(3000)
    const starting = start({}, far)
    await load(4000)
    await starting
    await pass(5000)
    expect(late()).toEqual([])
    allDecided()
  })

  test('calls that come while nobody else reads are decided by who leaves', async () => {
    const { start, leave, load, late, pass, allDecided } = busyWorld({ decideWithinMs: 700 })
    const only = await start()
    await load(3000)
    const stopping = leave(only)
    await load(1000)
    await pass(HAND_OVER_MS)
    await stopping
    expect(late()).toEqual([])
    allDecided()
  })
})
