/** Patient readers, who come with what others ask for. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { at, BROKER, createBench, gives, never, told } from './round-bench.ts'

afterEach(() => void vi.useRealTimers())

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
