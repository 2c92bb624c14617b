import { expect, test } from 'vitest'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import { topicsSource } from '../../../services/what-if/sources/topics.ts'
import { judgeOf, made, policy } from './world.ts'

test('the audit topics give every record of a shard, in order, and name what can not be read', async () => {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 3 })
  const codec = memoryCodec()
  const client = memoryClient(
    broker,
    memoryProcess(time, { offsetMs: 0 }),
    calm(seededRandom(1)),
    'x',
  )
  const recordings = made(8, 30)
  for (const [index, { decision, late }] of recordings.entries()) {
    const at = { partition: index % 3, key: decision.callId }
    const value = codec.encode('audit.decision', decision)
    broker.append({ topic: 'audit.decision', ...at, value })
    for (const answer of late) {
      broker.append({ topic: 'audit.late', ...at, value: codec.encode('audit.late', answer) })
    }
  }
  broker.append({ topic: 'audit.decision', partition: 1, key: 'x', value: new Uint8Array([9]) })
  const text = {
    policyVersion: policy.version,
    policyName: policy.name,
    text: policy.text,
    activeFrom: 0,
    author: 'a',
    reason: '',
    publishedAt: 0,
  }
  const published = codec.encode('audit.policy', text)
  broker.append({ topic: 'audit.policy', partition: 0, key: policy.version, value: published })
  const source = topicsSource({ client, codec, from: 'start' })

  const calls: string[] = []
  const unreadable: string[] = []
  const wait = async <T>(promise: Promise<T>): Promise<T> => {
    await time.runUntil(time.nowMs() + 5000)
    return promise
  }
  await wait(
    source.decisions({ index: 1, count: 3 }, ({ value, where }) => {
      if (value === null) unreadable.push(where)
      else calls.push(value.callId)
    }),
  )
  const expected = recordings.filter((_, index) => index % 3 === 1)
  expect(calls).toEqual(expected.map(({ decision }) => decision.callId))
  expect(unreadable).toEqual(['audit.decision 1:10'])

  const judge = judgeOf()
  await wait(
    source.decisions({ index: 0, count: 1 }, ({ value, where }) => {
      if (value === null) return judge.unreadable(where)
      const [first, second] = recordings
      const isBent = value.callId === first?.decision.callId
      const bent = { ...value, target: { ...value.target, id: 'elsewhere' } }
      const isMoved = value.callId === second?.decision.callId
      const lookups = value.lookups.map((one) => ({ ...one, facts: { ...one.facts, vip: true } }))
      judge.take(isBent ? bent : isMoved ? { ...value, lookups } : value, new Map())
    }),
  )
  const altered = judge.tally.problems.get('ALTERED')
  expect(altered?.first.map(({ where }) => where)).toEqual(
    expect.arrayContaining([
      `call ${recordings[0]?.decision.callId} request 1`,
      `call ${recordings[1]?.decision.callId} request 1`,
    ]),
  )
  expect(altered?.count).toBe(2)
  expect(judge.tally.problems.get('UNREADABLE')?.count).toBe(1)
  expect(judge.tally.identical).toBe(recordings.length - 2)

  let late = 0
  await wait(source.late({ index: 0, count: 1 }, () => void (late += 1)))
  const all = recordings.reduce((sum, one) => sum + one.late.length, 0)
  expect(late).toBe(all)
  expect(await wait(source.size())).toEqual({ decisions: 31, late: all })
  expect((await wait(source.policyTexts())).get(policy.version)).toBe(policy.text)
})
