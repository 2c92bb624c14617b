/** An auditor's shell over brokers in memory; a test may put a producer of its own between the two. */
import pino from 'pino'
import { startAuditor } from '../../../services/auditor/auditor.ts'
import type { LogProducer } from '../../../services/platform/ports.ts'
import type { PolicySource } from '../../../services/auditor/policy-desk.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { LookupSettled } from '../../../schemas/records.ts'
import { hash, routed } from '../audit/world.ts'
import { lookupSettled } from '../../records.ts'

const lateAnswer = lookupSettled({ latencyMs: 2600 })

export function world(policies?: PolicySource) {
  const noted: string[] = []
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 2 })
  const codec = memoryCodec()
  let started = 0
  const start = async (bend: (producer: LogProducer) => LogProducer = (same) => same) => {
    started += 1
    const process = memoryProcess(time)
    const client = memoryClient(broker, process, calm(seededRandom(started)), `auditor-${started}`)
    const starting = startAuditor({
      client: { ...client, producer: async (purpose) => bend(await client.producer(purpose)) },
      codec,
      clock: process.clock,
      evidence: {
        policyOf: () => null,
        privacy: { keyId: 'k1', token: hash, mask: () => '**' },
        hash,
      },
      logger: pino({ enabled: false }),
      groupId: 'auditor',
      service: 'router/test',
      ...(policies && { policies }),
      observe: { noted: (kind) => noted.push(kind), deadLettered: () => undefined },
    })
    await time.runUntil(time.nowMs() + 5000)
    return { process, auditor: await starting }
  }
  const decide = (callId: string, partition = 0, used = routed.lookups) => {
    const now = time.nowMs()
    const lookups = used.map((one) => ({ ...one, settledOffset: null }))
    const arrivalAt = { ...routed.arrivalAt, partition }
    const ids = { callId, decisionId: `d-${callId}`, arrivalAt }
    const value = { ...routed, ...ids, lookups, decidedAt: now, arrivedAt: now }
    broker.append({
      topic: 'call.routed',
      partition,
      key: callId,
      value: codec.encode('call.routed', value),
    })
  }
  const answer = (callId: string, partition = 0, change: Partial<LookupSettled> = {}) =>
    broker.append({
      topic: 'call.lookup',
      partition,
      key: callId,
      value: codec.encode('call.lookup', { ...lateAnswer, ...change, callId }),
    })
  const pass = (ms: number) => time.runUntil(time.nowMs() + ms)
  return { noted, time, broker, codec, start, decide, answer, pass }
}
