/** What a member hears of its calls, over brokers that are none. */
import type { Broker, Cluster } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { nothingSeen, spy } from '../../../../services/platform/kafka/member-calls.ts'

const NOT_COORDINATOR = 16
const REBALANCE_IN_PROGRESS = 27

async function member() {
  const seen = nothingSeen()
  const ended = { polls: 0 }
  const beats = { error: null as Error | null }
  const bare = {
    heartbeat: () => (beats.error === null ? Promise.resolve() : Promise.reject(beats.error)),
    joinGroup: () => Promise.resolve({ memberId: 'me', generationId: 7 }),
    leaveGroup: () => Promise.resolve(),
  }
  const cluster = {
    findBroker: () => Promise.resolve(bare),
    findGroupCoordinator: () => Promise.resolve(bare),
  } as unknown as Cluster
  spy(cluster, seen, { end: () => void (ended.polls += 1) })
  await cluster.findBroker({ nodeId: '1' })
  const broker = bare as unknown as Broker & typeof bare
  return { seen, ended, beats, broker, cluster }
}

describe('a member', () => {
  let one: Awaited<ReturnType<typeof member>>
  beforeEach(async () => {
    one = await member()
  })

  test('knows its id, its generation and its coordinator', async () => {
    await one.broker.joinGroup()
    await one.cluster.findGroupCoordinator({ groupId: 'g' })
    expect(one.seen).toMatchObject({ memberId: 'me', generation: 7, coordinator: one.broker })
  })

  test('polls no longer where a heartbeat says that the group rebalances, which kafkajs hears too', async () => {
    await one.broker.heartbeat()
    expect(one.ended.polls).toBe(0)
    one.beats.error = protocolErrors.createErrorFromCode(REBALANCE_IN_PROGRESS)
    await expect(one.broker.heartbeat()).rejects.toBe(one.beats.error)
    expect(one.ended.polls).toBe(1)
  })

  test('polls on where only the coordinator has moved', async () => {
    one.beats.error = protocolErrors.createErrorFromCode(NOT_COORDINATOR)
    await expect(one.broker.heartbeat()).rejects.toBe(one.beats.error)
    expect(one.ended.polls).toBe(0)
  })
})
