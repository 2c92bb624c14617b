/** Requests that several readers share, over brokers that answer as they are told. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { naming } from '../../../../../services/platform/kafka/connection.ts'
import type {
  PartitionAnswer,
  Wanted,
} from '../../../../../services/platform/kafka/fetch/format.ts'
import type { RoundReader } from '../../../../../services/platform/kafka/fetch/participant.ts'
import { createFetchRounds } from '../../../../../services/platform/kafka/fetch/rounds.ts'
import { emptyBatch } from './batches.ts'

afterEach(() => void vi.useRealTimers())

const TOPIC = 'dev.call.lookup'
const BROKER = '1'

const at = (offsets: Readonly<Record<number, number>>): Wanted =>
  new Map([[TOPIC, new Map(Object.entries(offsets).map(([key, offset]) => [Number(key), offset]))]])

/** Of a partition whose log has these offsets, and what is said of it. */
const told = (partition: number, from: number, to: number, end = to): PartitionAnswer => ({
  topic: TOPIC,
  partition,
  errorCode: 0,
  end,
  aborted: [],
  bytes: emptyBatch(from, to),
})

type Asked = readonly [nodeId: string, wanted: Wanted, maxWaitMs: number]

function createBench() {
  const asked: Asked[] = []
  const hurried: string[] = []
  const pace = {
    waitMs: () => 0,
    began: () => undefined,
    hurry: (nodeId: string) => void hurried.push(nodeId),
  }
  /** How long patient requests wait. */
  const patience = { waitMs: 0 }
  const patientPace = { ...pace, waitMs: () => patience.waitMs }
  const { prompt: rounds, patient } = createFetchRounds(
    { prompt: pace, patient: patientPace },
    naming('dev.'),
  )
  /** A reader that wants this of every broker, and what its connection gives. */
  const reader = (
    wanted: (nodeId: string) => Wanted,
    answers: (wanted: Wanted, nodeId: string) => Promise<readonly PartitionAnswer[]>,
  ) => {
    const read: string[] = []
    const one: RoundReader = {
      wanted,
      waitMs: () => 250,
      ask(nodeId, all, { maxWaitMs }) {
        asked.push([nodeId, all, maxWaitMs])
        return answers(all, nodeId)
      },
      read: ({ topic, partition, nextOffset }, from) =>
        void read.push(`${topic} ${partition}: ${from} to ${nextOffset}`),
      outOfRange: (_, partition, from) => void read.push(`${partition} has no ${from}`),
    }
    const take = (nodeId = BROKER) => rounds.takePart(nodeId, one).outcome
    const takePatiently = () => patient.takePart(BROKER, one).outcome
    return { reader: one, read, take, takePatiently }
  }
  return { asked, hurried, rounds, patient, patience, reader }
}

const never = () => new Promise<never>(() => undefined)
const gives =
  (...answers: PartitionAnswer[]) =>
  () =>
    Promise.resolve(answers)

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

describe('a patient reader', () => {
  const SOME_MS = 20

  test('is taken along where a prompt one asks for all that it wants, and has as good as asked', async () => {
    const { asked, patience, reader } = createBench()
    patience.waitMs = SOME_MS
    const prompt = reader(() => at({ 0: 10, 1: 5, 2: 7 }), gives(told(0, 10, 14), told(1, 5, 6)))
    const patient = reader(() => at({ 0: 12, 1: 5 }), never)
    await Promise.all([patient.takePatiently(), prompt.take()])
    expect(asked).toEqual([[BROKER, at({ 0: 10, 1: 5, 2: 7 }), 250]])
    expect(patient.read.toSorted()).toEqual(['call.lookup 0: 12 to 14', 'call.lookup 1: 5 to 6'])
    // Again and again, for as long as it comes back.
    await Promise.all([patient.takePatiently(), prompt.take()])
    expect(asked).toHaveLength(2)
  })

  test.each([
    ['wants what nobody else does', { 0: 10, 3: 1 }],
    ['stands before it', { 0: 9 }],
    ['stands so far on that an answer might end before', { 0: 500 }],
  ])('asks alone where it %s', async (_, wanted) => {
    const { asked, patience, reader } = createBench()
    patience.waitMs = SOME_MS
    const prompt = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const patient = reader(() => at(wanted), gives())
    const alone = patient.takePatiently()
    await prompt.take()
    expect(patient.read).toEqual([])
    patience.waitMs = 0
    await alone
    expect(asked.map(([, one]) => one)).toEqual([at({ 0: 10 }), at(wanted)])
  })

  test('takes no prompt one along, which would wait', async () => {
    const { asked, reader } = createBench()
    const patient = reader(() => at({ 0: 10 }), gives())
    await patient.takePatiently()
    const prompt = reader(() => at({ 0: 10 }), gives())
    await prompt.take()
    expect(asked).toHaveLength(2)
  })

  test('one left behind keeps its own time; the other goes', async () => {
    const { asked, patience, reader } = createBench()
    patience.waitMs = SOME_MS
    const prompt = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const near = reader(() => at({ 0: 10 }), never)
    const behind = reader(() => at({ 0: 2 }), gives(told(0, 2, 12)))
    const both = [near.takePatiently(), behind.takePatiently()]
    await prompt.take()
    await both[0]
    expect([near.read, behind.read]).toEqual([['call.lookup 0: 10 to 12'], []])
    patience.waitMs = 0
    await both[1]
    expect(behind.read).toEqual(['call.lookup 0: 2 to 12'])
    expect(asked).toHaveLength(2)
  })

  test('looks who leads and asks again when the request that took it along fails', async () => {
    const { patience, reader } = createBench()
    patience.waitMs = SOME_MS
    const prompt = reader(
      () => at({ 0: 10 }),
      () => Promise.reject(new Error('connection closed')),
    )
    const patient = reader(() => at({ 0: 10 }), never)
    const ends = await Promise.allSettled([patient.takePatiently(), prompt.take()])
    expect(ends).toMatchObject([
      { status: 'fulfilled', value: { moved: true } },
      { status: 'rejected', reason: { message: 'connection closed' } },
    ])
  })

  test('further on than an error of a partition does not hear of it', async () => {
    const { patience, reader } = createBench()
    patience.waitMs = SOME_MS
    const refused = { ...told(0, 10, 14), errorCode: 2 }
    const prompt = reader(() => at({ 0: 10 }), gives(refused))
    const patient = reader(() => at({ 0: 12 }), never)
    const ends = await Promise.allSettled([patient.takePatiently(), prompt.take()])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('that has left is not taken along, nor is one that does not know what it wants', async () => {
    const { patience, reader, patient } = createBench()
    patience.waitMs = SOME_MS
    const knows = { now: false }
    const left = reader(() => at({ 0: 10 }), never)
    const lost = reader(
      () => {
        if (!knows.now) throw new Error('no metadata')
        return at({ 0: 10 })
      },
      gives(told(0, 10, 12)),
    )
    const prompt = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const part = patient.takePart(BROKER, left.reader)
    part.leave()
    const later = lost.takePatiently()
    await prompt.take()
    expect([left.read, lost.read]).toEqual([[], []])
    // What it did not know then is no error of what it asks now.
    knows.now = true
    await later
    expect(lost.read).toEqual(['call.lookup 0: 10 to 12'])
    await part.outcome
    expect(left.read).toEqual([])
  })

  test('that was taken along waits no longer than others for an answer, and asks alone then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { asked, reader } = createBench()
    const hung = reader(() => at({ 0: 10 }), never)
    const patient = reader(() => at({ 0: 10 }), gives(told(0, 10, 12)))
    const ends = [hung.take(), patient.takePatiently()]
    await vi.waitUntil(() => asked.length > 0)
    await vi.advanceTimersByTimeAsync(2000)
    await ends[1]
    await patient.takePatiently()
    expect(patient.read).toContain('call.lookup 0: 10 to 12')
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
