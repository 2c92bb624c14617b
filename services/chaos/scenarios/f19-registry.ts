/** F19: the schema registry is away when services start and later, is slow, breaks its answers off. */
import { randomBytes } from 'node:crypto'
import { partitionOf } from '../../domain/murmur2.ts'
import { HEADER } from '../../domain/request.ts'
import type { Scenario, Stage, Trouble } from '../scenario.ts'
import { steady } from './load.ts'

const REGISTRY = { from: 'services', to: 'registry' } as const
/** Longer than a service needs until it asks for its schemas, also where many start on few cores. */
const AWAY_MS = 6000

/**
 * What is framed by a schema that nobody knows. While the registry is away that can't be told: the call is
 * decided at its deadline, and the dead letter follows when the registry says so, not before.
 */
async function arriveUnknown(stage: Stage): Promise<void> {
  const key = `unknown-schema-${randomBytes(6).toString('hex')}`
  const value = Buffer.alloc(64)
  value.writeInt32BE(987_654, 1)
  const partition = partitionOf(Buffer.from(key), stage.partitions)
  const headers = { [HEADER.requestNo]: '1' }
  await stage.calls.raw({ topic: 'call.arrived', partition, key, value, headers }, true)
}

/** One trouble of the registry while a service starts and calls come; the service is ready in the end. */
async function startUnder(stage: Stage, what: string, trouble: Trouble): Promise<void> {
  stage.strike(`registry: ${what}`)
  await stage.trouble(REGISTRY, trouble)
  const starting = stage.start('router')
  await arriveUnknown(stage)
  await stage.wait(AWAY_MS)
  await stage.trouble(REGISTRY, { kind: 'none' })
  await starting
}

const registryAway: Scenario = {
  id: 'F19-registry-away',
  row: 'F19',
  title: 'registry down, slow and breaking off, each while a router starts and calls come',
  expected:
    'deadlines kept, all ready by themselves once it is back; a dead letter only for what it then says no schema fits',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(24_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await startUnder(stage, 'down', { kind: 'down' })
    await startUnder(stage, '3 s late each way', { kind: 'latency', ms: 3000, jitterMs: 500 })
    await startUnder(stage, 'breaks its answers off', { kind: 'cut', afterBytes: 100 })
  },
}

export const scenarios: readonly Scenario[] = [registryAway]
