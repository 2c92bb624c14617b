/** A running service follows ops.policy: over the in-memory broker, in virtual time. */
import pino from 'pino'
import { expect, test } from 'vitest'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { hash } from '../../../services/platform/hash.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { Refusal } from '../../../services/policy/core/versions.ts'
import { followPolicies } from '../../../services/policy/follow-policies.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'

const base = loadPolicyFile('policy/policy.yaml')
const textOf = (windowMs: number): string =>
  base.text.replace('windowMs: 2500', `windowMs: ${windowMs}`)

function world() {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 1 })
  const codec = memoryCodec()
  const append = (value: Uint8Array | null) =>
    broker.append({ topic: 'ops.policy', partition: 0, key: 'v', value })
  return {
    time,
    codec,
    append,
    publish: (text: string, inMs: number, more: Partial<PolicyPublished> = {}) => {
      const now = time.nowMs()
      append(
        codec.encode('ops.policy', {
          policyVersion: hash(text),
          policyName: base.name,
          text,
          activeFrom: now + inMs,
          author: 'jo',
          reason: 'test',
          publishedAt: now,
          ...more,
        }),
      )
      return now + inMs
    },
    start: async () => {
      const process = memoryProcess(time)
      const refused: Refusal[] = []
      const starting = followPolicies({
        client: memoryClient(broker, process, calm(seededRandom(1)), 'follower'),
        codec,
        clock: process.clock,
        logger: pino({ level: 'silent' }),
        base,
        refused: (refusal) => refused.push(refusal),
      })
      await time.runUntil(time.nowMs() + 2000)
      return { policies: await starting, refused }
    },
    pass: (ms: number) => time.runUntil(time.nowMs() + ms),
  }
}

test('what was published before the start governs from its activeFrom on', async () => {
  const { publish, start } = world()
  const from = publish(textOf(2600), 10_000)
  const { policies } = await start()
  expect(policies.at(from - 1)).toBe(base)
  expect(policies.at(from).windowMs).toBe(2600)
})

test('what is published while it runs is taken without a restart, and told before it governs', async () => {
  const { publish, start, pass, time } = world()
  const { policies } = await start()
  const told: [version: string, before: number][] = []
  policies.subscribe(({ policy, activeFrom }) => {
    told.push([policy.version, activeFrom - time.nowMs()])
  })
  const from = publish(textOf(2700), 5000)
  await pass(2000)
  expect(policies.at(from).windowMs).toBe(2700)
  expect(policies.at(from - 1)).toBe(base)
  expect(told).toHaveLength(1)
  expect(told[0]?.[1]).toBeGreaterThan(0)
})

test('bad ones are refused and counted, and what was in force stays', async () => {
  const { publish, append, start, pass } = world()
  const { policies, refused } = await start()
  const from = publish(textOf(2600), 6000)
  publish('policy: [broken', 6000)
  publish(textOf(2700), 6000, { text: textOf(2800) })
  publish(textOf(2900), 1000)
  append(new Uint8Array([1, 2, 3]))
  append(null)
  publish(textOf(3000).replace('target: general', 'target: nowhere'), 6000)
  await pass(3000)
  expect(refused.map(({ code }) => code)).toEqual([
    'XP_POLICY_SYNTAX',
    'XP_POLICY_MISLABELLED',
    'XP_POLICY_NOTICE',
    'XP_RECORD_UNREADABLE',
    'XP_RECORD_EMPTY',
    'XP_POLICY_NAME',
  ])
  // With its place, for the log.
  expect(refused[5]?.message).toMatch(/^XP_POLICY_NAME \d+:\d+ /u)
  expect(policies.at(from + 1e6).windowMs).toBe(2600)
  // And it goes on: a good one is taken after all of them.
  const next = publish(textOf(3100), 6000)
  await pass(3000)
  expect(policies.at(next).windowMs).toBe(3100)
})

test('an old refusal is counted again only if nothing good came after it', async () => {
  const { publish, start } = world()
  publish('policy: [broken', 6000)
  expect((await start()).refused).toHaveLength(1)
  publish(textOf(2600), 6000)
  expect((await start()).refused).toHaveLength(0)
})

test('a version whose schema the registry does not tell yet holds up those after it', async () => {
  const { publish, start, pass, codec } = world()
  const { policies } = await start()
  codec.setRegistry('down')
  codec.forget(codec.idOf('ops.policy'))
  const from = publish(textOf(2600), 10_000)
  await pass(3000)
  expect(policies.at(from)).toBe(base)
  expect(policies.taken()).toBeNull()
  codec.setRegistry('up')
  await pass(3000)
  expect(policies.taken()).toBe(1)
  expect(policies.at(from).windowMs).toBe(2600)
})
