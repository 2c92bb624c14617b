/** The texts an auditor knows: from audit.policy, and those it is told of. */
import { expect, test } from 'vitest'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { hash } from '../../../services/platform/hash.ts'
import { knownPolicies } from '../../../services/router/known-policies.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import { policy, world } from './shell-world.ts'

const textOf = (windowMs: number): string =>
  policy.text.replace('windowMs: 2500', `windowMs: ${windowMs}`)

function setUp() {
  const { time, broker, codec } = world()
  const process = memoryProcess(time)
  const { reader } = memoryClient(broker, process, calm(seededRandom(1)), 'auditor')
  const refused: string[] = []
  const run = async <T>(promise: Promise<T>): Promise<T> => {
    const driver = time.drive()
    try {
      return await promise
    } finally {
      await driver.stop()
    }
  }
  const put = (text: string, more: Partial<PolicyPublished> = {}): string => {
    const policyVersion = hash(text)
    const value = {
      policyVersion,
      policyName: policy.name,
      text,
      activeFrom: 10_000,
      author: 'jo',
      reason: '',
      publishedAt: 1000,
      ...more,
    }
    const bytes = codec.encode('audit.policy', value)
    broker.append({ topic: 'audit.policy', partition: 0, key: policyVersion, value: bytes })
    return policyVersion
  }
  return {
    refused,
    run,
    put,
    open: () => run(knownPolicies({ reader, codec }, policy, (version) => refused.push(version))),
  }
}

test('a text of the past is known, one that came since once it is looked for', async () => {
  const { put, open, run } = setUp()
  const old = put(textOf(2600))
  const known = await open()
  expect(known.of(old)?.windowMs).toBe(2600)
  expect(known.of(policy.version)).toBe(policy)
  const later = put(textOf(2700))
  expect([known.met(later), known.of(later)]).toEqual([false, null])
  await run(known.reread(later))
  expect(known.of(later)?.windowMs).toBe(2700)
})

test('a text that can not be loaded any more is met and refused once', async () => {
  const { put, open, refused } = setUp()
  const bad = put('policy: [of an older program')
  const known = await open()
  expect([known.met(bad), known.of(bad), known.of(bad)]).toEqual([true, null, null])
  expect(refused).toEqual([bad])
})

test('a text under the version of another is not believed: its audit classes are not', async () => {
  const { put, open, refused } = setUp()
  put(textOf(2600), { policyVersion: 'other' })
  const known = await open()
  expect([known.met('other'), known.of('other')]).toEqual([true, null])
  expect(refused).toEqual(['other'])
})

test('of many texts the newest are kept, and an older one is found again', async () => {
  const { put, open, run } = setUp()
  const versions = Array.from({ length: 80 }, (_, index) => put(textOf(3000 + index)))
  const known = await open()
  const [oldest = ''] = versions
  expect(versions.filter((version) => known.met(version)).length).toBeLessThanOrEqual(64)
  expect(known.met(oldest)).toBe(false)
  await run(known.reread(oldest))
  expect(known.of(oldest)?.windowMs).toBe(3000)
})

test('it tells what a router was started with last, not what was published', async () => {
  const { put, open } = setUp()
  expect((await open()).startedWith).toBeNull()
  const start = put(textOf(2600), { activeFrom: 1000 })
  put(textOf(2700))
  expect((await open()).startedWith?.policyVersion).toBe(start)
})
