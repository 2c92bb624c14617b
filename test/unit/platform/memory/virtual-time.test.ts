import { expect, test } from 'vitest'
import { memoryProcess } from '../../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../../services/platform/memory/virtual-time.ts'

test('runs by moment, and those of one moment in the order they were made', async () => {
  const time = virtualTime(0)
  const ran: string[] = []
  for (const [name, atMs] of [
    ['c', 30],
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
  ] as const) {
    time.at(atMs, () => void ran.push(`${name} ${time.nowMs()}`))
  }
  await time.runUntil(25)
  expect(ran).toEqual(['a 10', 'b1 20', 'b2 20'])
  expect(time.nowMs()).toBe(25)
  await time.run()
  expect(ran.at(-1)).toBe('c 30')
})

test('all promises that became ready run before the next moment', async () => {
  const time = virtualTime(0)
  const ran: string[] = []
  time.at(1, () => {
    const chain = async (): Promise<void> => {
      for (let depth = 0; depth < 50; depth += 1) await Promise.resolve()
      ran.push(`chain ended at ${time.nowMs()}`)
    }
    void chain()
  })
  time.at(2, () => void ran.push('next'))
  await time.run()
  expect(ran).toEqual(['chain ended at 1', 'next'])
})

test('a cancelled entry does not run', async () => {
  const time = virtualTime(0)
  let ran = false
  const cancel = time.after(5, () => {
    ran = true
  })
  cancel()
  await time.run()
  expect(ran).toBe(false)
})

test('a fast clock gains, its timers come early in true time, and a step only goes ahead', async () => {
  const time = virtualTime(0)
  const clock = time.clock({ offsetMs: 100, rate: 2 })
  let firedAt = 0
  clock.after(50, () => {
    firedAt = time.nowMs()
  })
  await time.run()
  expect(firedAt).toBe(25)
  expect(clock.nowMs()).toBe(150)
  clock.step(1000)
  expect(clock.nowMs()).toBe(1150)
  expect(() => clock.step(-1)).toThrow(RangeError)
})

test('a frozen process runs nothing and makes up for it when thawed, in order', async () => {
  const time = virtualTime(0)
  const process = memoryProcess(time)
  const ran: string[] = []
  process.after(10, () => void ran.push('network'))
  process.clock.after(5, () => void ran.push('timer'))
  const cancel = process.after(7, () => void ran.push('cancelled while held'))
  process.freeze()
  await time.runUntil(100)
  expect(ran).toEqual([])
  cancel()
  process.thaw()
  await time.runUntil(101)
  expect(ran).toEqual(['timer', 'network'])
})

test('a killed process never runs anything again, frozen or not', async () => {
  const time = virtualTime(0)
  const process = memoryProcess(time)
  let ran = 0
  process.after(1, () => {
    ran += 1
  })
  process.freeze()
  await time.runUntil(5)
  process.kill()
  process.thaw()
  process.after(1, () => {
    ran += 1
  })
  await time.run()
  expect(ran).toBe(0)
  expect(process.state()).toBe('killed')
})
