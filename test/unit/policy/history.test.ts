/** What a person is told of published policies, and how one is published: over the in-memory broker. */
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { hash } from '../../../services/platform/hash.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import { createPrivacy } from '../../../services/platform/privacy.ts'
import { followPolicies } from '../../../services/policy/follow-policies.ts'
import { readHistory } from '../../../services/policy/history.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { append } from '../../../services/policy/publishing.ts'
import { startRouter } from '../../../services/router/router.ts'
import { ROUTER_DEFAULTS } from '../../../services/router/settings.ts'

const file = loadPolicyFile('policy/policy.yaml')
const textOf = (windowMs: number): string =>
  file.text.replace('windowMs: 2500', `windowMs: ${windowMs}`)
const logger = pino({ level: 'silent' })

function world() {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 1 })
  const codec = memoryCodec()
  const process = memoryProcess(time)
  const client = memoryClient(broker, process, calm(seededRandom(1)), 'tool')
  const { clock } = process
  const record = (text: string, inMs: number): PolicyPublished => ({
    policyVersion: hash(text),
    policyName: file.name,
    text,
    activeFrom: Math.floor(time.nowMs()) + inMs,
    author: 'jo',
    reason: 'test',
    publishedAt: Math.floor(time.nowMs()),
  })
  const run = async <T>(promise: Promise<T>): Promise<T> => {
    const driver = time.drive()
    try {
      return await promise
    } finally {
      await driver.stop()
    }
  }
  return {
    time,
    broker,
    record,
    run,
    tool: { client, codec, clock },
    history: () => run(readHistory({ reader: client.reader, codec }, time.nowMs())),
    put: (topic: 'ops.policy' | 'audit.policy', value: PolicyPublished) =>
      broker.append({ topic, partition: 0, key: 'v', value: codec.encode(topic, value) }),
    pass: (ms: number) => time.runUntil(time.nowMs() + ms),
    /** A router that follows ops.policy and keeps what it accepts. */
    startRouter: async () => {
      const versions = await followPolicies({
        client,
        codec,
        clock,
        logger,
        base: file,
        refused: () => undefined,
      })
      return startRouter({
        client,
        codec,
        clock,
        logger,
        policyAt: (appendedAt) => versions.at(appendedAt),
        versions,
        privacy: createPrivacy({ id: 'k1', secret: 'only for tests, only for tests!!' }),
        hash,
        observe: {
          decided: () => undefined,
          noticed: () => undefined,
          deadLettered: () => undefined,
          partitionMismatch: () => undefined,
          load: () => undefined,
        },
        settings: { ...ROUTER_DEFAULTS, instanceId: 'router-1', partitions: 1 },
      })
    },
  }
}

describe('the history of policies', () => {
  test('tells each record what became of it', async () => {
    const { put, record, pass, history } = world()
    put('ops.policy', record(textOf(2600), 5000))
    put('ops.policy', record(textOf(2700), 10_000))
    put('ops.policy', record('rubbish: [', 10_000))
    put('ops.policy', record(textOf(2800), 1000))
    put('ops.policy', record(textOf(2900), 60_000))
    put('ops.policy', record(textOf(3000), 60_000))
    await pass(15_000)
    const { entries } = await history()
    expect(entries.map(({ state, refusal }) => refusal?.code ?? state)).toEqual([
      'was in force',
      'in force',
      'XP_POLICY_SYNTAX',
      'XP_POLICY_NOTICE',
      'replaced',
      'coming',
    ])
  })

  test('knows what governs a moment, what follows, and a version by its beginning', async () => {
    const { put, record, history, time } = world()
    const now = time.nowMs()
    const start = { ...record(file.text, 0), author: 'router-1' }
    put('audit.policy', start)
    put('ops.policy', record(textOf(2600), 10_000))
    const told = await history()
    expect(told.startedWith).toEqual(start)
    expect(told.at(now)?.policyVersion).toBe(file.version)
    expect(told.at(now + 10_000)?.policyVersion).toBe(hash(textOf(2600)))
    expect(told.after(now).map(({ policyVersion }) => policyVersion)).toEqual([hash(textOf(2600))])
    expect(told.find(file.version.slice(0, 8)).text).toBe(file.text)
    expect(() => told.find('0123456789')).toThrow('no policy is version')
    expect(() => told.find('')).toThrow('several')
  })
})

describe('publishing', () => {
  test('hears that a router keeps the text, before the version governs', async () => {
    const { startRouter: start, record, run, tool, broker, pass } = world()
    void start()
    await pass(5000)
    const { taken, at } = await run(append(tool, record(textOf(2600), 10_000)))
    expect(taken).toBe(true)
    expect(at.offset).toBe(0)
    expect(broker.records('audit.policy').length).toBeGreaterThan(1)
  })

  test('hears nothing when no router runs, or every router refuses it', async () => {
    const { startRouter: start, record, run, tool, pass } = world()
    expect((await run(append(tool, record(textOf(2600), 10_000)))).taken).toBe(false)
    void start()
    await pass(5000)
    expect((await run(append(tool, record(textOf(2700), 1000)))).taken).toBe(false)
  })
})

test('a router that starts late keeps every text that may govern a call', async () => {
  const { startRouter: start, put, record, broker, pass, tool } = world()
  put('ops.policy', record(textOf(2600), 5000))
  await pass(6000)
  put('ops.policy', record(textOf(2700), 5000))
  void start()
  await pass(5000)
  const kept = broker.records('audit.policy').map(({ value }) => {
    const read = tool.codec.decode('audit.policy', value)
    return read.ok ? read.value.policyVersion : null
  })
  expect(new Set(kept)).toEqual(new Set([file.version, hash(textOf(2600)), hash(textOf(2700))]))
})
