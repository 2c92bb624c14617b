/**
 * The shell of an enricher as its program runs it, over the in-memory broker, with answers from a table:
 * what a lookup costs a process besides the network and its system of record.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { NO_CACHE } from '../../../services/enricher/cache.ts'
import { loadConnectorsFile } from '../../../services/enricher/connectors/config.ts'
import { createNeighbours } from '../../../services/enricher/neighbours.ts'
import { createRepeats } from '../../../services/enricher/repeats.ts'
import { startEnricher } from '../../../services/enricher/enricher.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import type { DependencyPolicy, Policy } from '../../../services/policy/policy.ts'
import { writeTables } from '../tables.ts'
import { type Call, callsOf, SEED } from './calls.ts'
import { createFeed } from './feed.ts'
import { INSTANT, PARTITIONS, RATE_PER_S } from './instant.ts'
import type { Piece } from './measure.ts'

const CALLS = 1000
const BATCH = 200
/** Calls that come within a fetch. */
const TOGETHER = 20
/** The last of a batch are answered by then. */
const SETTLED_MS = 20

/** One asks by what stands in the arrival, the other needs what the first was told. */
const ASKED = ['crm', 'billing']
const pieceOf = (dependency: string): string => `enricher: ${dependency}`

export const ENRICHERS: readonly string[] = ASKED.map(pieceOf)

export function enricherPieces(policy: Policy): Promise<readonly Piece[]> {
  return Promise.all(
    policy.dependencies
      .filter(({ name }) => ASKED.includes(name))
      .map((dependency) => enricherPiece(policy, dependency)),
  )
}

async function enricherPiece(policy: Policy, dependency: DependencyPolicy): Promise<Piece> {
  const { name, needs } = dependency
  const reads = needs === null ? 'arrivals' : 'arrivals and what others were told'
  return {
    name: pieceOf(name),
    per: `lookup, with making its records and the broker in memory; reads ${reads}`,
    batch: BATCH,
    work: await startLookups(policy, dependency),
  }
}

/** Sends so many calls, and gives the last of them time to be looked up. */
async function startLookups(
  policy: Policy,
  dependency: DependencyPolicy,
): Promise<(count: number) => Promise<void>> {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: PARTITIONS })
  const codec = memoryCodec()
  const process = memoryProcess(time)
  const { name } = dependency
  const client = memoryClient(broker, process, INSTANT, name)
  const starting = startEnricher({
    dependency: name,
    groupId: `enricher-${name}`,
    instanceId: `enricher-${name}-1`,
    ...(await tableOf(dependency)),
    client,
    producer: await client.producer(name),
    codec,
    clock: process.clock,
    random: () => 0.5,
    policyAt: () => policy,
    cache: NO_CACHE,
    overrides: { active: () => null },
    neighbours: createNeighbours(),
    repeats: createRepeats(),
    logger: pino({ level: 'silent' }),
    observe: {
      settled: () => undefined,
      late: () => undefined,
      passedOver: () => undefined,
      load: () => undefined,
      breaker: () => undefined,
    },
  })
  await time.runUntil(time.nowMs() + 5000)
  await starting
  const feed = createFeed(callsFor(dependency), codec)

  return async (count) => {
    for (let sent = 0; sent < count; sent += 1) {
      for (const record of feed()) broker.append(record)
      const isLastOfFetch = sent % TOGETHER === TOGETHER - 1
      if (isLastOfFetch) await time.runUntil(time.nowMs() + (TOGETHER * 1000) / RATE_PER_S)
    }
    await time.runUntil(time.nowMs() + SETTLED_MS)
  }
}

/** The table connector of the benchmark's deployment; its file is read at once and needed no more. */
async function tableOf(dependency: DependencyPolicy) {
  const folder = mkdtempSync(join(tmpdir(), 'enricher-'))
  try {
    const file = writeTables(folder, SEED)
    const [loaded] = loadConnectorsFile({ file, env: {}, dependencies: [dependency] })
    if (loaded === undefined) throw new Error(`${file} has no ${dependency.name}`)
    return { connector: await loaded.open(), settings: loaded.settings }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Arrivals, and where this enricher reads them the lookups of all others. */
const callsFor = ({ name, needs }: DependencyPolicy): readonly Call[] =>
  callsOf('enricher', CALLS).map(({ arrival, lookups }) => ({
    arrival,
    lookups: needs === null ? [] : lookups.filter(({ dependency }) => dependency !== name),
  }))
