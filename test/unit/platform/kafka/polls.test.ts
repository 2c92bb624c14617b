import { afterEach, describe, expect, test, vi } from 'vitest'
import { createPolls } from '../../../../services/platform/kafka/polls.ts'

afterEach(() => void vi.useRealTimers())

describe('polls of a member', () => {
  test('are short while partitions change, and long once they do not', () => {
    const polls = createPolls()
    const calmMs = polls.waitMs()
    polls.changed()
    expect(polls.waitMs()).toBeLessThan(calmMs)
  })

  test('give what the broker answers, and its errors', async () => {
    const polls = createPolls()
    expect(await polls.endable(Promise.resolve('records'))).toBe('records')
    const error = new Error('gone')
    await expect(polls.endable(Promise.reject(error))).rejects.toBe(error)
  })

  test('give nothing once they are ended, and none begins before the group is joined again', async () => {
    const polls = createPolls()
    const never = new Promise<string>(() => undefined)
    const ended = [polls.endable(never), polls.endable(never)]
    expect(polls.over()).toBe(false)
    polls.end()
    expect(await Promise.all(ended)).toEqual([null, null])
    expect(polls.over()).toBe(true)
    polls.changed()
    expect(polls.over()).toBe(true)
    polls.begin()
    expect(polls.over()).toBe(false)
  })

  test('begin again after a while where no join follows: nobody must stay silent for ever', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const polls = createPolls()
    polls.end()
    vi.advanceTimersByTime(1000)
    expect(polls.over()).toBe(false)
  })
})
