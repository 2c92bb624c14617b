/**
 * How long a router needs from the start of its process to its first decision when call.routed holds
 * many decisions of the last horizon: all of them are read back before anything is published. None of
 * them was audited, so the auditor in the same process has all of that to do as well.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { partitionOf } from '../../services/domain/murmur2.ts'
import { HEADER } from '../../services/domain/request.ts'
import { connect, type Connection } from '../../services/local/connect.ts'
import { createNursery } from '../../services/local/nursery.ts'
import { whenReady } from '../../services/local/processes.ts'
import { prepareTopics } from '../../services/local/topics.ts'
import type { LogProducer, OutRecord } from '../../services/platform/ports.ts'
import { parseSettings } from '../../services/platform/settings.ts'
import { wait } from '../../services/platform/timing.ts'
import { loadPolicyFile } from '../../services/policy/load.ts'
import { asked, wholeNumber } from '../script.ts'
import { type BenchCluster, startBenchCluster } from './cluster.ts'
import { watchProcesses } from './measure/processes.ts'
import { type Call, callsOf } from './micro/calls.ts'
import { decider } from './micro/pieces.ts'

interface Restarted {
  /** Requests the router has to remember. */
  readonly markers: number
  /** From start of the process until it answered that it was ready, and to its first decision. */
  readonly readyMs: number
  readonly firstDecisionMs: number
  /** At most, until then. */
  readonly residentMb: number
}

const USAGE = `npm run bench:restart -- [--markers 100000] [--out FILE]
  --markers  decisions that are read back
  --out      writes the figures as JSON as well`

const ROOT = join(import.meta.dirname, '..', '..')
const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
const POLICY_FILE = join(ROOT, 'policy', 'policy.yaml')
const DIFFERENT_CALLS = 1000
/** Records that wait for their acknowledgement while the log is filled. */
const UNDER_WAY_MAX = 5000
const CALL_EVERY_MS = 50

/** Fills a log of its own on this cluster, starts a router and calls it until it answers. */
async function measureRestart(cluster: BenchCluster, markers: number): Promise<Restarted> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const prefix = `restart-${markers}.`
  const environment = {
    ...process.env,
    KAFKA_BROKERS: cluster.brokers,
    SCHEMA_REGISTRY_URL: cluster.registryUrl,
    TOPIC_PREFIX: prefix,
    POLICY_FILE,
    TOKEN_KEY: 'a key for measuring only, of enough bytes',
  }
  const settings = parseSettings(environment)
  stack.defer(() => cluster.removeTopics(prefix))
  await prepareTopics(settings)
  const connection = await connect(settings, 'bench', stack)
  const producer = await connection.client.producer('bench')
  stack.defer(() => producer.close(1000))
  const { CALL_PARTITIONS: partitions } = settings
  await fill(connection, producer, markers, partitions)

  const nursery = createNursery({ environment, folder, signal: new AbortController().signal })
  stack.defer(() => nursery.stop())
  const decided = watch(connection)
  stack.defer(() => decided.stop())
  const { clock } = connection
  const startedMs = clock.nowMs()
  const child = nursery.raise('router', CROSSPOINT, ['router'], {
    INSTANCE_ID: 'router-1',
    HTTP_PORT: '0',
    LOG_TO: 'stderr',
  })
  const watching = watchProcesses([child])
  const calling = callUntil(connection, producer, partitions, decided.first)
  const [readyMs, decidedMs] = await Promise.race([
    Promise.all([whenReady(child).then(() => clock.nowMs()), decided.first]),
    nursery.died(),
  ])
  const [taken] = watching()
  await calling
  return {
    markers,
    readyMs: Math.round(readyMs - startedMs),
    firstDecisionMs: Math.round(decidedMs - startedMs),
    residentMb: taken?.residentMb ?? 0,
  }
}

/** Appends decisions as routers write them, all of them made just now. */
async function fill(
  { codec, clock }: Connection,
  producer: LogProducer,
  count: number,
  partitions: number,
): Promise<void> {
  const decide = decider(loadPolicyFile(POLICY_FILE))
  const decisions = callsOf('past', DIFFERENT_CALLS).flatMap((call) => decide(call))
  const underWay = new Set<number>()
  for (let number = 0; number < count; number += 1) {
    const like = decisions[number % decisions.length]
    if (like === undefined) throw new Error('nothing was decided')
    const callId = `past-${number}`
    const partition = partitionOf(Buffer.from(callId), partitions)
    const decidedAt = Date.now()
    const decision = {
      ...like,
      callId,
      arrivalAt: { ...like.arrivalAt, partition },
      arrivedAt: decidedAt,
      decidedAt,
    }
    while (underWay.size >= UNDER_WAY_MAX) await wait(clock, 1)
    underWay.add(number)
    const appended = producer.append({
      topic: 'call.routed',
      partition,
      key: callId,
      value: codec.encode('call.routed', decision),
      headers: {
        [HEADER.callId]: callId,
        [HEADER.requestNo]: '1',
        [HEADER.decisionId]: decision.decisionId,
        [HEADER.decidedAt]: String(decidedAt),
        [HEADER.lane]: decision.lane,
      },
    })
    void appended.then(() => underWay.delete(number))
  }
  while (underWay.size > 0) await wait(clock, 1)
}

/** When the first decision from now on was read, host time. */
function watch({ client, clock }: Connection): {
  readonly first: Promise<number>
  stop(): Promise<void>
} {
  const ending = new AbortController()
  const first = Promise.withResolvers<number>()
  const reading = client.reader.read(
    { topics: ['call.routed'], from: 'end', until: 'never', signal: ending.signal },
    ({ records }) => {
      if (records.length > 0) first.resolve(clock.nowMs())
    },
  )
  reading.catch((error: unknown) => first.reject(error))
  return {
    first: first.promise,
    stop() {
      ending.abort()
      return reading
    },
  }
}

/** Sends a call that is certain at once, every now and then, until one was decided. */
async function callUntil(
  { codec, clock }: Connection,
  producer: LogProducer,
  partitions: number,
  decided: Promise<number>,
): Promise<void> {
  const life = { over: false }
  const end = () => {
    life.over = true
  }
  decided.then(end, end)
  const calls = callsOf('now', DIFFERENT_CALLS)
  for (let number = 0; !life.over; number += 1) {
    const call = calls[number % calls.length]
    if (call === undefined) return
    const records = recordsOf(call, `now-${number}`, partitions, codec)
    await Promise.all(records.map((record) => producer.append(record)))
    await wait(clock, CALL_EVERY_MS)
  }
}

function recordsOf(
  { arrival, lookups }: Call,
  callId: string,
  partitions: number,
  codec: Connection['codec'],
): readonly OutRecord[] {
  const partition = partitionOf(Buffer.from(callId), partitions)
  const at = { partition, key: callId, headers: { [HEADER.requestNo]: '1' } }
  return [
    { topic: 'call.arrived', value: codec.encode('call.arrived', { ...arrival, callId }), ...at },
    ...lookups.map(
      (lookup): OutRecord => ({
        topic: 'call.lookup',
        value: codec.encode('call.lookup', { ...lookup, callId }),
        ...at,
      }),
    ),
  ]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { markers: { type: 'string', default: '100000' }, out: { type: 'string' } },
  })
  const markers = wholeNumber('--markers', values.markers)
  await using cluster = await startBenchCluster()
  const found = await measureRestart(cluster, markers)
  const { readyMs, firstDecisionMs, residentMb } = found
  process.stdout.write(
    `${markers} decisions read back: ready after ${readyMs} ms, first decision after ` +
      `${firstDecisionMs} ms, ${residentMb} MB resident\n`,
  )
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(found, null, 2)}\n`)
}

await asked(USAGE, main)
