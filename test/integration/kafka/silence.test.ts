import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Cluster } from '../../../infra/embedded/cluster.ts'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import { sharedCluster, startThreeBrokers } from '../../cluster.ts'
import { createTopics, eventually, optionsFor, witness, type Witness } from './support.ts'

const TOPIC = 'call.arrived'
const PARTITIONS = 6
/**
 * Above what the cluster takes to give a broker up (4 s) and to elect a controller in its stead, also on
 * a machine that is busy.
 */
const STOPPED_MS = 30_000
/** By then others lead. */
const MOVED_MS = 15_000

/**
 * A producer, two members of a group, two more groups beside the first member, which share its requests, and a
 * record every 20 ms until `end`.
 */
async function traffic(cluster: Cluster) {
  const options = optionsFor(cluster.brokers)
  const admin = await createTopics(options, [TOPIC], PARTITIONS, 3, { 'min.insync.replicas': '2' })
  const clients = [await connectLog(options), await connectLog(options)]
  const groups = clients.map((client) => client.group('readers', [TOPIC]))
  const members: Witness[] = []
  for (const group of groups) members.push(await witness(group, [TOPIC], () => 0))
  await eventually('both hold their half', () =>
    members.every(({ assignments }) => assignments.at(-1)?.partitions.length === PARTITIONS / 2),
  )
  const beside: Witness[] = []
  for (const groupId of ['beside', 'beside too']) {
    const group = clients[0]?.group(groupId, [TOPIC])
    if (group !== undefined) beside.push(await witness(group, [TOPIC], () => 0))
  }
  await eventually('the groups beside it hold all', () =>
    beside.every(({ assignments }) => assignments.at(-1)?.partitions.length === PARTITIONS),
  )
  const everyone = [...members, ...beside]
  const joins = everyone.map(({ assignments }) => assignments.length)
  const troubles = everyone.flatMap(({ trouble }) => trouble).length
  const producer = await clients[0]?.producer('test')
  const pending: Promise<unknown>[] = []
  const acked: string[] = []
  const timer = setInterval(() => {
    const value = String(pending.length)
    const partition = pending.length % PARTITIONS
    const record = { topic: TOPIC, partition, key: null, value: Buffer.from(value) } as const
    pending.push(Promise.resolve(producer?.append(record)).then(() => acked.push(value)))
  }, 20)
  /** By group. */
  const seen = (): readonly Set<string>[] =>
    [members, ...beside.map((one) => [one])].map(
      (group) => new Set(group.flatMap((member) => member.values())),
    )
  return {
    admin,
    groups,
    members,
    acked,
    seen,
    rejoined: () => everyone.some(({ assignments }, n) => assignments.length !== joins[n]),
    trouble: () => everyone.flatMap(({ trouble }) => trouble).slice(troubles),
    async end() {
      clearInterval(timer)
      await Promise.all(pending)
      await eventually('all that was acknowledged is read', () => {
        const read = seen()
        return acked.every((value) => read.every((group) => group.has(value)))
      })
      await Promise.all(clients.map((client) => client.close()))
      await admin.close()
    },
  }
}

describe('a broker that hangs or is gone', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startThreeBrokers({ registry: false })
  })
  afterAll(() => cluster.stop())

  test('a hung leader: its partitions are written and read elsewhere while it hangs, nobody rejoins', async () => {
    const running = await traffic(cluster)
    const [leader = 1] = await running.admin.leaders(TOPIC)
    await cluster.kill(leader, 'SIGSTOP')
    try {
      const until = performance.now() + STOPPED_MS
      await delay(MOVED_MS)
      const before = running.seen()
      await eventually('records of every partition come through again', () => {
        return running.seen().every((read, group) => {
          const fresh = [...read].filter((value) => before[group]?.has(value) !== true)
          return new Set(fresh.map((value) => Number(value) % PARTITIONS)).size === PARTITIONS
        })
      })
      expect(performance.now()).toBeLessThan(until)
    } finally {
      await cluster.kill(leader, 'SIGCONT')
    }
    expect(running.rejoined()).toBe(false)
    await running.end()
    expect(running.trouble()).toEqual([])
  })

  test('a killed coordinator: the group goes on as it is and commits with the next one', async () => {
    const running = await traffic(cluster)
    const coordinator = await running.admin.coordinator('readers')
    await cluster.kill(coordinator, 'SIGKILL')
    await delay(1000)
    for (const [n, group] of running.groups.entries()) {
      const [partition = 0] = running.members[n]?.assignments.at(-1)?.partitions ?? []
      await eventually('commits work again', () =>
        group.commit([{ topic: TOPIC, partition, offset: 1, metadata: 'm' }]).then(
          () => true,
          () => false,
        ),
      )
    }
    expect(running.rejoined()).toBe(false)
    await cluster.restart(coordinator)
    await running.end()
    expect(running.trouble()).toEqual([])
  })
})

describe('the wall clock', () => {
  test('a step back by a minute costs no membership, one ahead breaks no request off', async () => {
    const options = optionsFor(sharedCluster().brokers)
    const admin = await createTopics(options, [TOPIC], 1)
    const client = await connectLog(options)
    const group = client.group('g', [TOPIC])
    const seen = await witness(group, [TOPIC], () => 0)
    await eventually('it is a member', () => seen.assignments.length === 1)
    const commit = () => group.commit([{ topic: TOPIC, partition: 0, offset: 0 }])
    const wallClock = Date.now
    const stepped = vi.spyOn(Date, 'now')
    try {
      for (const stepMs of [-60_000, 60_000]) {
        stepped.mockImplementation(() => wallClock() + stepMs)
        await delay(8000) // Longer than the session.
        await commit()
      }
    } finally {
      stepped.mockRestore()
    }
    expect(seen.assignments).toHaveLength(1)
    expect(seen.trouble).toEqual([])
    await client.close()
    await admin.close()
  })
})
