/** Polls of a member, over brokers that are none. */
import type { Broker, Cluster } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { endPolls, nothingSeen, spy } from '../../../../services/platform/kafka/member-calls.ts'

const NOT_COORDINATOR = 16
const REBALANCE_IN_PROGRESS = 27
const ANSWER = { moved: false, responses: ['records'] }

interface Poll {
  readonly maxWaitTime: number
  answer(): void
}

async function member() {
  const seen = nothingSeen()
  const polls: Poll[] = []
  const beats = { error: null as Error | null }
  const bare = {
    fetch: ({ maxWaitTime }: { maxWaitTime: number }) =>
      new Promise((resolve) => polls.push({ maxWaitTime, answer: () => resolve(ANSWER) })),
    heartbeat: () => (beats.error === null ? Promise.resolve() : Promise.reject(beats.error)),
    joinGroup: () => Promise.resolve(),
    leaveGroup: () => Promise.resolve(),
  }
  const cluster = {
    findBroker: () => Promise.resolve(bare),
    findGroupCoordinator: () => Promise.resolve(bare),
  } as unknown as Cluster
  spy(cluster, seen, { outOfRange: () => undefined })
  await cluster.findBroker({ nodeId: '1' })
  const broker = bare as unknown as Broker & typeof bare
  const poll = () => broker.fetch({ maxWaitTime: 5000 })
  return { seen, polls, beats, broker, poll }
}

describe('polls of a member', () => {
  let one: Awaited<ReturnType<typeof member>>
  beforeEach(async () => {
    one = await member()
  })

  test('are short while partitions change, and long once they do not', async () => {
    void one.poll()
    one.seen.changedAtMs = performance.now()
    void one.poll()
    const [calm, changing] = one.polls.map(({ maxWaitTime }) => maxWaitTime)
    expect(calm).toBeGreaterThan(changing ?? Infinity)
  })

  test('give what the broker answers, and are forgotten then', async () => {
    const polling = one.poll()
    one.polls[0]?.answer()
    expect(await polling).toBe(ANSWER)
    await Promise.resolve()
    expect(one.seen.polls.size).toBe(0)
  })

  test('end with nothing where the member leaves', async () => {
    const polling = one.poll()
    endPolls(one.seen)
    expect(await polling).toMatchObject({ responses: [] })
  })

  test('end where a heartbeat says that the group rebalances, and tell nobody less of it', async () => {
    const polling = one.poll()
    one.beats.error = protocolErrors.createErrorFromCode(REBALANCE_IN_PROGRESS)
    await expect(one.broker.heartbeat()).rejects.toBe(one.beats.error)
    expect(await polling).toMatchObject({ responses: [] })
  })

  test('go on where only the coordinator has moved', async () => {
    const polling = one.poll()
    one.beats.error = protocolErrors.createErrorFromCode(NOT_COORDINATOR)
    await expect(one.broker.heartbeat()).rejects.toBe(one.beats.error)
    one.polls[0]?.answer()
    expect(await polling).toBe(ANSWER)
  })
})
