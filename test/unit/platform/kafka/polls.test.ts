import { describe, expect, test } from 'vitest'
import { createPolls } from '../../../../services/platform/kafka/polls.ts'

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

  test('give nothing once they are ended, those to come are not', async () => {
    const polls = createPolls()
    const never = new Promise<string>(() => undefined)
    const ended = [polls.endable(never), polls.endable(never)]
    polls.end()
    expect(await Promise.all(ended)).toEqual([null, null])
    expect(await polls.endable(Promise.resolve('records'))).toBe('records')
  })
})
