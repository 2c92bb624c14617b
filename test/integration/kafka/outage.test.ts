import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { startCluster } from '../../../infra/embedded/cluster.ts'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import type { Ack } from '../../../services/platform/ports.ts'
import { startThreeBrokers } from '../../cluster.ts'
import { createTopics, eventually, optionsFor, witness } from './support.ts'

describe('when brokers fail', () => {
  test('no broker at all: one coded error within bounded time, by refusal and by silence', async () => {
    await expect(connectLog(optionsFor('127.0.0.1:1'))).rejects.toMatchObject({
      code: 'XP_BROKER_UNREACHABLE',
    })
    const mute = createServer((socket) => void socket.on('error', () => undefined)).listen(
      0,
      '127.0.0.1',
    )
    await once(mute, 'listening')
    const address = mute.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const startedAt = performance.now()
    await expect(connectLog(optionsFor(`127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'XP_BROKER_UNREACHABLE',
    })
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    mute.close()
  })

  test('producer, group and follower go on by themselves after the only broker was killed', async () => {
    await using cluster = await startCluster({ brokers: 1, registry: false })
    const options = optionsFor(cluster.brokers)
    const admin = await createTopics(options, ['call.arrived'], 3)
    const client = await connectLog(options)
    const producer = await client.producer('test')
    const group = client.group('survivors', ['call.arrived'])
    const seen = await witness(group, ['call.arrived'], () => 0)
    const followed: number[] = []
    const abort = new AbortController()
    const following = client.reader.read(
      { topics: ['call.arrived'], from: 'start', until: 'never', signal: abort.signal },
      ({ records }) => void followed.push(...records.map(({ offset }) => offset)),
    )
    const acked: string[] = []
    const append = async (value: string, partition: number): Promise<Ack> => {
      const ack = await producer.append({
        topic: 'call.arrived',
        partition,
        key: null,
        value: Buffer.from(value),
      })
      acked.push(value)
      return ack
    }
    await Promise.all([0, 1, 2].map((partition) => append(`before ${partition}`, partition)))
    await eventually('the first are read', () => new Set(seen.values()).size === 3)

    await cluster.kill(1, 'SIGKILL')
    const pending = [0, 1, 2].map((partition) => append(`during ${partition}`, partition))
    await cluster.restart(1)
    await Promise.all(pending)
    await Promise.all([0, 1, 2].map((partition) => append(`after ${partition}`, partition)))

    await eventually('all that was acknowledged is read', () =>
      acked.every((value) => seen.values().includes(value)),
    )
    await eventually('the follower saw them too', () => followed.length >= acked.length)
    await eventually('commits work again', () =>
      group.commit([{ topic: 'call.arrived', partition: 0, offset: 1, metadata: 'm' }]).then(
        () => true,
        () => false,
      ),
    )
    expect((await group.committed('call.arrived')).get(0)).toEqual({ offset: 1, metadata: 'm' })
    abort.abort()
    await following
    await client.close()
    await admin.close()
  })

  test('a killed leader of three: no acknowledged record is lost, order holds', async () => {
    await using cluster = await startThreeBrokers({ registry: false })
    const options = optionsFor(cluster.brokers)
    const admin = await createTopics(options, ['call.arrived'], 6, 3, {
      'min.insync.replicas': '2',
    })
    const client = await connectLog(options)
    const producer = await client.producer('test')
    const group = client.group('readers', ['call.arrived'])
    const seen = await witness(group, ['call.arrived'], () => 0)
    const acked = new Set<string>()
    const failures: unknown[] = []
    const pending: Promise<void>[] = []
    for (let index = 0; index < 600; index += 1) {
      const value = `${index % 6}:${String(index).padStart(4, '0')}`
      pending.push(
        producer
          .append({
            topic: 'call.arrived',
            partition: index % 6,
            key: null,
            value: Buffer.from(value),
          })
          .then(() => void acked.add(value))
          .catch((error: unknown) => void failures.push(error)),
      )
      if (index === 200) await cluster.kill(1, 'SIGKILL')
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(pending)
    expect(failures).toEqual([])
    await eventually('all that was acknowledged is read', () => {
      const values = new Set(seen.values())
      return [...acked].every((value) => values.has(value))
    })
    for (let partition = 0; partition < 6; partition += 1) {
      const own = [...new Set(seen.values().filter((value) => value.startsWith(`${partition}:`)))]
      expect(own).toEqual(own.toSorted())
    }
    await client.close()
    await admin.close()
  })
})
