/** Requests that several readers share, over brokers that answer as they are told. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type {
  PartitionAnswer,
  Wanted,
} from '../../../../../services/platform/kafka/fetch/format.ts'
import type { RoundReader } from '../../../../../services/platform/kafka/fetch/participant.ts'
import { at, BROKER, createBench, gives, never, TOPIC, told } from './round-bench.ts'

afterEach(() => void vi.useRealTimers())

describe('readers that are about to ask the same broker', () => {
  test('send one request, for what each of them wants, and each has its own of the answer', async () => {
    const { asked, reader } = createBench()
    const one = reader(() => at({ 0: 10 }), gives(told(0, 10, 12), told(2, 11, 12)))
    const other = reader(() => at({ 0: 10, 2: 11 }), never)
    await Promise.all([one.take(), other.take()])
    expect(asked).toEqual([[BROKER, at({ 0: 10, 2: 11 }), 250]])
    expect(one.read).toEqual(['call.lookup 0: 10 to 12'])
    expect(other.read.toSorted()).toEqual(['call.lookup 0: 10 to 12', 'call.lookup 2: 11 to 12'])
  })

  test('ask each broker on its own', async () => {
    const { asked, reader } = createBench()
    const one = reader(() => at({ 0: 10 }), gives())
    const other = reader(() => at({ 1: 10 }), gives())
    await Promise.all([one.take('1'), other.take('2')])
    expect(asked.map(([nodeId]) => nodeId).toSorted()).toEqual(['1', '2'])
  })

  test('one that comes while a request is under way sends its own, and meets the others after it', async () => {
    const { asked, reader } = createBench()
    const answered = Promise.withResolvers<readonly PartitionAnswer[]>()
    const early = reader(
      () => at({ 0: 10 }),
      () => answered.promise,
    )
    const late = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const first = early.take()
    await vi.waitUntil(() => asked.length === 1)
    await late.take()
    expect(late.read).toEqual(['call.lookup 0: 10 to 12'])
    answered.resolve([])
    await first
    asked.length = 0
    await Promise.all([late.take(), early.take()])
    expect(asked).toHaveLength(1)
  })
})

describe('readers that stand apart', () => {
  test('have their turn at every broker, however requests to several alternate', async () => {
    const { asked, reader } = createBench()
    const behind = reader(() => at({ 0: 10 }), gives())
    const ahead = reader(() => at({ 0: 99 }), gives())
    for (let round = 0; round < 4; round += 1) {
      for (const nodeId of ['1', '2']) {
        await Promise.all([behind.take(nodeId), ahead.take(nodeId)])
      }
    }
    for (const nodeId of ['1', '2']) {
      const places = asked.filter(([to]) => to === nodeId).map(([, wanted]) => wanted)
      expect(places).toEqual(expect.arrayContaining([at({ 0: 10 }), at({ 0: 99 })]))
    }
  })

  test('do not wait long for records of the others, and one with more to read is not slowed down', async () => {
    const { asked, hurried, reader } = createBench()
    const answers = (wanted: Wanted) =>
      Promise.resolve(wanted.get(TOPIC)?.get(0) === 10 ? [told(0, 10, 12, 50)] : [])
    const behind = reader(() => at({ 0: 10 }), answers)
    const ahead = reader(() => at({ 0: 99 }), answers)
    for (let round = 0; round < 4; round += 1) await Promise.all([behind.take(), ahead.take()])
    expect(Math.max(...asked.map(([, , maxWaitMs]) => maxWaitMs))).toBeLessThan(30)
    expect(hurried.length).toBeGreaterThanOrEqual(3)
  })

  test('further on in the same answer each takes its part', async () => {
    const { reader } = createBench()
    const answers = (wanted: Wanted) =>
      Promise.resolve([told(0, wanted.get(TOPIC)?.get(0) ?? 0, 12)])
    const behind = reader(() => at({ 0: 10 }), answers)
    const near = reader(() => at({ 0: 11 }), answers)
    for (let round = 0; round < 2; round += 1) await Promise.all([behind.take(), near.take()])
    // Of the answer for the one further on there is nothing for the one behind.
    expect(behind.read).toEqual(['call.lookup 0: 10 to 12'])
    expect(near.read).toEqual(['call.lookup 0: 11 to 12', 'call.lookup 0: 11 to 12'])
  })
})

describe('what goes wrong with a shared request', () => {
  test('is the error of whoever it went over; the others look who leads and ask again', async () => {
    const { reader } = createBench()
    const one = reader(
      () => at({ 0: 10 }),
      () => Promise.reject(new Error('connection closed')),
    )
    const other = reader(() => at({ 0: 10 }), gives())
    const ends = await Promise.allSettled([one.take(), other.take()])
    expect(ends).toMatchObject([
      { status: 'rejected', reason: { message: 'connection closed' } },
      { status: 'fulfilled', value: { moved: true } },
    ])
  })

  test('an error of a partition is that of whoever wanted it', async () => {
    const { reader } = createBench()
    const refused = { ...told(2, 10, 12), errorCode: 29 }
    const one = reader(() => at({ 0: 10 }), gives(refused, told(0, 10, 12)))
    const other = reader(() => at({ 2: 10 }), gives())
    const ends = await Promise.allSettled([one.take(), other.take()])
    expect(ends).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { type: 'TOPIC_AUTHORIZATION_FAILED' } },
    ])
    expect(one.read).toEqual(['call.lookup 0: 10 to 12'])
  })

  test('one that does not know what a broker leads fails alone', async () => {
    const { reader } = createBench()
    const lost = reader(() => {
      throw new Error('no metadata')
    }, gives())
    const one = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const ends = await Promise.allSettled([lost.take(), one.take()])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(one.read).toEqual(['call.lookup 0: 10 to 12'])
  })

  test('and waits for nobody whose answer does not come; nor does one that wants nothing any more', async () => {
    const { reader } = createBench()
    const hung = reader(() => at({ 0: 10 }), never)
    const lost = reader(() => {
      throw new Error('no metadata')
    }, gives())
    const content = reader(() => at({}), gives())
    void hung.take()
    const ends = await Promise.allSettled([lost.take(), content.take()])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  test('nobody waits long for an answer over the connection of another, and asks alone until it has one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { asked, reader } = createBench()
    const hung = reader(() => at({ 0: 10 }), never)
    const answers: { now: () => Promise<readonly PartitionAnswer[]> } = { now: never }
    const others = [1, 2].map(() =>
      reader(
        () => at({ 0: 10 }),
        () => answers.now(),
      ),
    )
    void hung.take()
    const waiting = others.map(({ take }) => take())
    await vi.waitUntil(() => asked.length === 1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await Promise.all(waiting)).toEqual([{ moved: true }, { moved: true }])

    // Each over a connection of its own, none of them behind another that hangs as well.
    const alone = others.map(({ take }) => take())
    await vi.waitUntil(() => asked.length === 3)
    void Promise.allSettled(alone)

    answers.now = gives()
    await Promise.all(others.map(({ take }) => take()))
    expect(asked).toHaveLength(5)
    await Promise.all(others.map(({ take }) => take()))
    expect(asked).toHaveLength(6)
  })
})

test('a large answer lets others have their turn in between', async () => {
  const { reader, rounds } = createBench()
  const partitions = [0, 1, 2, 3]
  const wanted = at(Object.fromEntries(partitions.map((each) => [each, 10])))
  const one = reader(() => wanted, gives(...partitions.map((each) => told(each, 10, 12))))
  const turns: number[] = []
  const slow: RoundReader = {
    ...one.reader,
    read(batch, from) {
      one.reader.read(batch, from)
      const untilMs = performance.now() + 6
      while (performance.now() < untilMs);
      setImmediate(() => turns.push(one.read.length))
    },
  }
  await rounds.takePart(BROKER, slow).outcome
  await nextTurn()
  expect(turns.slice(0, 2)).toEqual([1, 2])
})
