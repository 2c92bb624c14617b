/** The age of what a service knows of ops.policy: small while it is all, growing as soon as it is not. */
import { expect, test } from 'vitest'
import { startReadAge } from '../../../services/policy/read-age.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'

function world() {
  const time = virtualTime()
  const log = { start: 0, end: 0, taken: null as number | null, answers: true }
  const asked = (offset: 'start' | 'end') => (): Promise<readonly number[]> =>
    log.answers ? Promise.resolve([log[offset]]) : Promise.reject(new Error('no leader'))
  const age = startReadAge({
    clock: time.clock(),
    offsets: { ends: asked('end'), starts: asked('start') },
    taken: () => log.taken,
  })
  return { log, age, pass: (ms: number) => time.runUntil(time.nowMs() + ms) }
}

const LOOKED_MS = 1000

test('stays small while nothing is published, and while all that was published is taken', async () => {
  const { log, age, pass } = world()
  await pass(60_000)
  expect(age.ageMs()).toBeLessThanOrEqual(LOOKED_MS)
  Object.assign(log, { end: 3, taken: 3 })
  await pass(60_000)
  expect(age.ageMs()).toBeLessThanOrEqual(LOOKED_MS)
  // All of a log may have been deleted before anybody read it.
  Object.assign(log, { start: 7, end: 7, taken: null })
  await pass(60_000)
  expect(age.ageMs()).toBeLessThanOrEqual(LOOKED_MS)
})

test.each([
  ['a record is not taken', { end: 1 }],
  ['the next record is not taken', { end: 4, taken: 3 }],
  ['the brokers do not answer', { answers: false }],
])('grows while %s, and is small again afterwards', async (_, trouble) => {
  const { log, age, pass } = world()
  await pass(5000)
  Object.assign(log, trouble)
  await pass(20_000)
  expect(age.ageMs()).toBeGreaterThanOrEqual(20_000)
  Object.assign(log, { answers: true, taken: log.end })
  await pass(2000)
  expect(age.ageMs()).toBeLessThanOrEqual(LOOKED_MS)
})

test('asks no more once stopped', async () => {
  const { age, pass } = world()
  await pass(5000)
  age.stop()
  await pass(10_000)
  expect(age.ageMs()).toBeGreaterThanOrEqual(10_000)
})
