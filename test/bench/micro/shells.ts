/**
 * The shells of router and auditor as their program runs them, over the in-memory broker: what a call
 * costs a process besides the network. Answers come at once, virtual time passes as fast as it can.
 */
import pino from 'pino'
import { startAuditor } from '../../../services/auditor/auditor.ts'
import { hash } from '../../../services/platform/hash.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import { startRouter } from '../../../services/router/router.ts'
import { ROUTER_DEFAULTS } from '../../../services/router/settings.ts'
import { callsOf } from './calls.ts'
import { createFeed } from './feed.ts'
import { INSTANT, PARTITIONS, RATE_PER_S } from './instant.ts'
import type { Piece } from './measure.ts'
import { privacy } from '../core.ts'

const silent = pino({ level: 'silent' })

export const SHELLS = 'router + auditor'
const BATCH = 100

/** The shells as a piece to measure. */
export async function shellPiece(
  policy: Policy,
): Promise<{ readonly piece: Piece; readonly stop: () => Promise<void> }> {
  const shells = await startShells(policy, RATE_PER_S)
  const piece: Piece = {
    name: SHELLS,
    per: 'call, with making its records and the broker in memory',
    batch: BATCH,
    work: (count) => shells.run(count),
  }
  return { piece, stop: () => shells.stop() }
}

interface Shells {
  /** Sends `count` more calls at `ratePerS`, and gives the last of them time to be decided and audited. */
  run(count: number): Promise<void>
  stop(): Promise<void>
}

async function startShells(policy: Policy, ratePerS: number): Promise<Shells> {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: PARTITIONS })
  const codec = memoryCodec()
  const process = memoryProcess(time)
  const { clock } = process
  const client = memoryClient(broker, process, INSTANT, 'router-1')
  const auditor = await startAuditor({
    client,
    codec,
    clock,
    evidence: { policyOf: () => policy, privacy, hash },
    logger: silent,
    groupId: 'auditor',
    service: 'router/router-1',
    observe: { noted: () => undefined, deadLettered: () => undefined },
  })
  const starting = startRouter({
    client,
    codec,
    clock,
    policyAt: () => policy,
    privacy,
    hash,
    logger: silent,
    observe: {
      decided: () => undefined,
      noticed: () => undefined,
      deadLettered: () => undefined,
      partitionMismatch: () => undefined,
      load: () => undefined,
    },
    settings: { ...ROUTER_DEFAULTS, instanceId: 'router-1', partitions: PARTITIONS },
  })
  await time.runUntil(time.nowMs() + 5000)
  const router = await starting
  const feed = createFeed(callsOf('shell', 1000), codec)

  return {
    async run(count) {
      for (let sent = 0; sent < count; sent += 1) {
        for (const record of feed()) broker.append(record)
        await time.runUntil(time.nowMs() + 1000 / ratePerS)
      }
      await time.runUntil(time.nowMs() + 50)
    },
    async stop() {
      const stopping = Promise.all([router.stop(), auditor.stop()])
      await time.runUntil(time.nowMs() + 10_000)
      await stopping
    },
  }
}
