import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, describe, expect, it } from 'vitest'
import { HOME } from '../../infra/embedded/artifacts.ts'
import { startCluster } from '../../infra/embedded/cluster.ts'
import { isAlive } from '../../infra/embedded/run-folder.ts'
import { findKafka } from '../../infra/embedded/source.ts'
import { freshPrefix, sharedCluster } from '../cluster.ts'

const scratch = mkdtempSync(join(tmpdir(), 'crosspoint-embedded-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const kafkaAt = (brokers: string) =>
  new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })

const countRecords = async (brokers: string, topic: string): Promise<number> => {
  const admin = kafkaAt(brokers).admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return offsets.reduce((sum, each) => sum + Number(each.high), 0)
}

describe('the embedded cluster', () => {
  it('stamps records with the time of append and creates no topic by itself', async () => {
    const { brokers, registryUrl } = sharedCluster()
    const topic = `${freshPrefix()}stamped`
    const admin = kafkaAt(brokers).admin()
    await admin.connect()
    try {
      expect(await admin.listTopics()).not.toContain(topic)
      await expect(admin.fetchTopicMetadata({ topics: [topic] })).rejects.toThrow()
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
      const described = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['message.timestamp.type'] },
        ],
      })
      expect(described.resources[0]?.configEntries[0]?.configValue).toBe('LogAppendTime')
    } finally {
      await admin.disconnect()
    }
    expect((await fetch(`${registryUrl}/subjects`)).status).toBe(200)
  })

  it('gives a killed node its data and its ports back', async () => {
    await using cluster = await startCluster({ brokers: 1, registry: false })
    const kafka = kafkaAt(cluster.brokers)
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] })
    await admin.disconnect()
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'kept', messages: [{ value: 'a' }, { value: 'b' }] })
    await producer.disconnect()

    await cluster.kill(1, 'SIGKILL')
    expect(cluster.pid(1)).toBeUndefined()
    await cluster.restart(1)
    expect(await countRecords(cluster.brokers, 'kept')).toBe(2)
  })

  it('dies with its parent, even when that is killed', async () => {
    const module = JSON.stringify(join(import.meta.dirname, '../../infra/embedded/cluster.ts'))
    const program = `
      const { startCluster } = await import(${module})
      const cluster = await startCluster({ brokers: 1, registry: false })
      console.log(cluster.pid(1))
      setInterval(() => undefined, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(parent.stdout), 'line')
    const pid = Number(line)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false)
  })

  it('leaves no folder behind when it is stopped', async () => {
    const before = new Set(runFolders())
    const cluster = await startCluster({ brokers: 1, registry: false })
    const during = runFolders().filter((name) => !before.has(name))
    expect(during.length).toBe(1)
    await cluster.stop()
    expect(runFolders()).not.toContain(during[0])
  })

  it('says which port is taken', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      await expect(
        startCluster({ brokers: 1, registry: false, brokerPorts: [port] }),
      ).rejects.toMatchObject({
        code: 'XP_PORT_TAKEN',
        message: expect.stringContaining(`${port}`),
      })
    } finally {
      server.close()
    }
  })

  it('shows the end of the log of a node that does not start', async () => {
    const broken = { 'log.message.timestamp.type': 'Whenever' }
    await expect(
      startCluster({ brokers: 1, registry: false, properties: broken }),
    ).rejects.toMatchObject({
      code: 'XP_CLUSTER_FAILED',
      message: expect.stringContaining('Whenever'),
    })
  })
})

describe('where Kafka comes from', () => {
  it('takes the cluster of the environment and leaves it running', async () => {
    const { brokers, registryUrl } = sharedCluster()
    const source = await findKafka({ KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl })
    expect(source).toMatchObject({ kind: 'given', brokers, registryUrl })
    await source.stop()
    expect((await fetch(`${registryUrl}/subjects`)).status).toBe(200)
  })

  it('wants both addresses or none', async () => {
    const half = findKafka({ KAFKA_BROKERS: '127.0.0.1:1' })
    await expect(half).rejects.toMatchObject({
      code: 'XP_NO_KAFKA',
      message: 'KAFKA_BROKERS is set and SCHEMA_REGISTRY_URL is not.',
    })
  })

  it('names Java when there is none', async () => {
    const without = startCluster({ brokers: 1, registry: false, environment: { PATH: scratch } })
    await expect(without).rejects.toMatchObject({ code: 'XP_JAVA_MISSING' })
  })
})

function runFolders(): readonly string[] {
  const runs = join(HOME, 'runs')
  return existsSync(runs) ? readdirSync(runs) : []
}

/** A killed orphan may stay in the process table until whoever inherited it looks. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'))
}
