import pino from 'pino'
import { expect, test } from 'vitest'
import { hash } from '../../../services/platform/hash.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { LogProducer } from '../../../services/platform/ports.ts'
import { wait } from '../../../services/platform/timing.ts'
import { loadPolicy } from '../../../services/policy/load.ts'
import type { PublishedVersions } from '../../../services/router/policy-publishing.ts'
import { startRouter } from '../../../services/router/router.ts'
import { ROUTER_DEFAULTS } from '../../../services/router/settings.ts'
import { policy, privacy, world } from './shell-world.ts'

/** A router whose policy takes so long to be appended. */
function startSlow(
  { time, broker, codec }: ReturnType<typeof world>,
  delayMs: number,
  versions?: PublishedVersions,
) {
  const process = memoryProcess(time)
  const client = memoryClient(broker, process, calm(seededRandom(1)), 'router-slow')
  const slow = (producer: LogProducer): LogProducer => ({
    ...producer,
    append: async (record) => {
      if (record.topic === 'audit.policy') await wait(process.clock, delayMs)
      return producer.append(record)
    },
  })
  const ignore = () => undefined
  return startRouter({
    client: { ...client, producer: async (purpose) => slow(await client.producer(purpose)) },
    codec,
    clock: process.clock,
    policyAt: () => policy,
    ...(versions === undefined ? {} : { versions }),
    privacy,
    hash,
    logger: pino({ enabled: false }),
    observe: {
      decided: ignore,
      noticed: ignore,
      deadLettered: ignore,
      partitionMismatch: ignore,
      load: ignore,
    },
    settings: { ...ROUTER_DEFAULTS, instanceId: 'router-slow', partitions: 2 },
  })
}

test('nothing is decided before the text of its policy is in audit.policy', async () => {
  const surroundings = world()
  const { arrive, broker, decidedCalls, decisions, pass } = surroundings
  arrive('call-1')
  void startSlow(surroundings, 4000)
  await pass(3500)
  expect(decidedCalls()).toEqual([])
  await pass(10_000)
  const [text] = broker.records('audit.policy')
  expect(decisions().every(({ appendedAt }) => appendedAt >= (text?.appendedAt ?? Infinity))).toBe(
    true,
  )
  expect(decidedCalls()).toEqual(['call-1'])
})

test('a policy that can not be kept holds up calls for ten seconds only', async () => {
  const surroundings = world()
  const { arrive, broker, decidedCalls, pass } = surroundings
  arrive('call-1')
  void startSlow(surroundings, 1e6)
  await pass(15_000)
  expect(broker.records('audit.policy')).toEqual([])
  expect(decidedCalls()).toEqual(['call-1'])
})

test('of a policy that was rolled back to the text is kept once, as what governs last', async () => {
  const surroundings = world()
  const { broker, codec, pass } = surroundings
  const text = policy.text.replace('windowMs: 2500', 'windowMs: 2600')
  const other = loadPolicy(text, { file: 'other' })
  const at = (one: typeof policy, activeFrom: number) => ({
    policy: one,
    published: {
      policyVersion: one.version,
      policyName: one.name,
      text: one.text,
      activeFrom,
      author: 'jo',
      reason: '',
      publishedAt: 0,
    },
  })
  const all = [{ policy, published: null }, at(other, 10_000), at(policy, 20_000)]
  void startSlow(surroundings, 0, { all: () => all, subscribe: () => undefined })
  await pass(5000)
  const kept = broker
    .records('audit.policy')
    .map(({ value }) => codec.decode('audit.policy', value))
  expect(kept).toMatchObject([
    { value: { policyVersion: other.version } },
    { value: { policyVersion: policy.version, activeFrom: 20_000 } },
  ])
})
