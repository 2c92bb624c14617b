import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import { startCluster } from '../../infra/embedded/cluster.ts'
import { startProxies } from '../../infra/proxy/process.ts'
import type { Proxy } from '../../infra/proxy/proxy.ts'

const clientOf = (brokers: string) =>
  new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout: 2000,
    retry: { retries: 0 },
  })

async function portsSeenAt(brokers: string): Promise<readonly number[]> {
  const admin = clientOf(brokers).admin()
  await admin.connect()
  try {
    return (await admin.describeCluster()).brokers.map(({ port }) => port).toSorted((a, b) => a - b)
  } finally {
    await admin.disconnect()
  }
}

const portsIn = (brokers: string): readonly number[] =>
  brokers
    .split(',')
    .map((each) => Number(each.split(':')[1]))
    .toSorted((a, b) => a - b)

it('clients of a named listener are led through its proxies, all others go directly', async () => {
  await using proxies = startProxies()
  const links = new Map<string, Proxy>()
  await using cluster = await startCluster({
    brokers: 3,
    registry: false,
    listeners: ['ROUTER', 'ENRICHER_CRM'],
    async advertise({ name, node, port }) {
      if (name !== 'ROUTER') return port
      const link = await proxies.createProxy({ targetHost: '127.0.0.1', targetPort: port })
      links.set(`${name} ${node}`, link)
      return link.port
    },
  })
  const proxied = [...links.values()].map(({ port }) => port).toSorted((a, b) => a - b)
  expect(portsIn(cluster.bootstrap('ROUTER'))).toEqual(proxied)
  expect(await portsSeenAt(cluster.bootstrap('ROUTER'))).toEqual(proxied)
  const direct = portsIn(cluster.bootstrap('ENRICHER_CRM'))
  expect(await portsSeenAt(cluster.bootstrap('ENRICHER_CRM'))).toEqual(direct)
  expect(await portsSeenAt(cluster.brokers)).toEqual(portsIn(cluster.brokers))
  expect(() => cluster.bootstrap('NOBODY')).toThrow('no listener NOBODY')

  for (const link of links.values()) await link.trouble({ kind: 'blackhole', direction: 'in' })
  await expect(portsSeenAt(cluster.bootstrap('ROUTER'))).rejects.toThrow()
  expect(await portsSeenAt(cluster.bootstrap('ENRICHER_CRM'))).toEqual(direct)
  for (const link of links.values()) await link.trouble({ kind: 'none' })

  await cluster.kill(2, 'SIGKILL')
  await cluster.restart(2)
  expect(await portsSeenAt(cluster.bootstrap('ROUTER'))).toEqual(proxied)
})
