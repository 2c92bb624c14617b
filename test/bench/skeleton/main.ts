/**
 * The floor: the same topics and records of about the same size, without codec, lookups and policy.
 * `CLIENT enricher NAME...` answers every arrival at once for each name; `CLIENT router` joins by key and writes
 * a decision and its audit. What it costs is what client and brokers cost. CLIENT is `own`, crosspoint's, or
 * `kafkajs`, that package as it is published.
 */
import { settingsFromEnvironment } from '../../../services/platform/environment.ts'
import type { FloorClient, Purpose } from './floor.ts'

/** Means of the example deployment's records, as its topics hold them. */
const LOOKUP = new Uint8Array(260)
const DECISION = new Uint8Array(900)
const AUDIT = new Uint8Array(800)
const LOOKUPS = 4
const OPEN_MAX = 200_000

const [kind, role = '', ...names] = process.argv.slice(2)
const client = await open(role === 'router' ? ['decisions', 'audit'] : ['decisions'])

/** Ours changes kafkajs for the whole process, so the other must not even load it. */
async function open(purposes: readonly Purpose[]): Promise<FloorClient> {
  const settings = settingsFromEnvironment()
  if (kind === 'own') return (await import('./own-client.ts')).openOwn(settings, role, purposes)
  if (kind === 'kafkajs') {
    return (await import('./kafkajs-client.ts')).openKafkajs(settings, role, purposes)
  }
  throw new Error(`there is no client ${kind}`)
}

if (role === 'router') {
  const seen = new Map<string, number>()
  await client.follow('skeleton-router', ['call.arrived', 'call.lookup'], (at, key) => {
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    if (seen.size > OPEN_MAX) seen.delete(seen.keys().next().value ?? '')
    if (count !== LOOKUPS + 1) return
    client.append('decisions', 'call.routed', at, key, DECISION)
    client.append('audit', 'audit.decision', at, key, AUDIT)
  })
} else {
  for (const name of names) {
    await client.follow(`skeleton-${name}`, ['call.arrived'], (at, key) =>
      client.append('decisions', 'call.lookup', at, key, LOOKUP),
    )
  }
}
process.stdout.write('{"msg":"ready"}\n')
process.once('SIGTERM', () => void client.close().finally(() => process.exit(0)))
