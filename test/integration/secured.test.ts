/** Kafka over TLS with SCRAM logins, as production has it: the settings of the environment reach it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuthority } from '../../infra/embedded/certificates.ts'
import { type Cluster, startCluster } from '../../infra/embedded/cluster.ts'
import { scramProperties, setPassword } from '../../infra/embedded/passwords.ts'
import { reservePorts } from '../../infra/embedded/ports.ts'
import { connectLog } from '../../services/platform/kafka/client.ts'
import { connectAdmin } from '../../services/platform/kafka/admin.ts'
import { kafkaOptions } from '../../services/platform/kafka-options.ts'
import { parseSettings } from '../../services/platform/settings.ts'

const USER = 'crosspoint'
const PASSWORD = 'right-horse'

let folder: string
let cluster: Cluster
let environment: Record<string, string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crosspoint-secured-'))
  const authority = await openAuthority(folder)
  const { properties } = await authority.issue('broker-listener')
  const [port = 0] = await reservePorts([0])
  cluster = await startCluster({
    brokers: 1,
    registry: false,
    extraListeners: { SECURED: port },
    properties: {
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
      ...properties,
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      ...scramProperties('SECURED'),
    },
  })
  // Over the listener that asks for nothing.
  await setPassword({ brokers: cluster.brokers, environment: process.env }, USER, PASSWORD)
  environment = {
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: authority.file,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: USER,
    KAFKA_SASL_PASSWORD: PASSWORD,
    LOG_LEVEL: 'silent',
  }
})

afterAll(async () => {
  await cluster?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const optionsOf = (changes: Record<string, string> = {}) =>
  kafkaOptions(parseSettings({ ...environment, ...changes }), 'secured-test')

describe('a cluster that asks for TLS and a login', () => {
  test('the settings of the environment let us create, append and read', async () => {
    const options = optionsOf()
    const admin = await connectAdmin(options)
    await admin.createTopics([{ topic: 'ops.clock', partitions: 1, replication: 1, configs: {} }])
    await admin.close()
    const client = await connectLog(options)
    const producer = await client.producer('test')
    const value = Buffer.from('tick')
    const ack = await producer.append({ topic: 'ops.clock', partition: 0, key: 'k', value })
    const read: string[] = []
    await client.reader.read({ topics: ['ops.clock'], from: 'start', until: 'end' }, (batch) => {
      for (const record of batch.records) read.push(String(record.value))
    })
    await client.close()
    expect([ack.offset, read]).toEqual([0, ['tick']])
  })

  test('a wrong password is told as such, at once and without the password', async () => {
    const refused = connectLog(optionsOf({ KAFKA_SASL_PASSWORD: 'wrong-horse' }))
    await expect(refused).rejects.toMatchObject({ code: 'XP_BROKER_AUTH' })
    await expect(refused).rejects.not.toThrow(/horse/)
  })

  test('a certificate nobody vouches for is told as such', async () => {
    const { KAFKA_SSL_CA_FILE: _ca, ...others } = environment
    const refused = connectLog(kafkaOptions(parseSettings(others), 'secured-test'))
    await expect(refused).rejects.toMatchObject({ code: 'XP_BROKER_TLS' })
  })
})
