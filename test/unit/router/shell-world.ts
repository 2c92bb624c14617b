/** A router over the in-memory broker in virtual time, and what calls and enrichers would append. */
import pino from 'pino'
import type { CallArrived, LookupSettled } from '../../../schemas/records.ts'
import { HEADER } from '../../../services/domain/request.ts'
import { hash } from '../../../services/platform/hash.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom, type Weather } from '../../../services/platform/memory/weather.ts'
import { createPrivacy } from '../../../services/platform/privacy.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import type { RouterObserver } from '../../../services/router/partition-router.ts'
import { startRouter } from '../../../services/router/router.ts'
import { ROUTER_DEFAULTS, type RouterSettings } from '../../../services/router/settings.ts'
import { callArrived, lookupSettled } from '../../records.ts'

export const policy = loadPolicyFile('policy/policy.yaml')
export const privacy = createPrivacy({ id: 'k1', secret: 'only for tests, only for tests!!' })

export const arrival = callArrived()

export const lookup = lookupSettled({ outcome: 'NO_MATCH', latencyMs: 10 })

const silent = {
  decided: () => undefined,
  noticed: () => undefined,
  deadLettered: () => undefined,
  partitionMismatch: () => undefined,
  load: () => undefined,
}

export function world(partitions = 2) {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions })
  const codec = memoryCodec()
  let started = 0

  const start = async (
    settings: Partial<RouterSettings> = {},
    weather: (draws: () => number) => Weather = calm,
    observe: Pick<RouterObserver, 'seen'> = {},
  ) => {
    started += 1
    const name = `router-${started}`
    const process = memoryProcess(time, { offsetMs: started * 1e6 })
    const client = memoryClient(broker, process, weather(seededRandom(started)), name)
    const starting = startRouter({
      client,
      codec,
      clock: process.clock,
      policyAt: () => policy,
      privacy,
      hash,
      logger: pino({ enabled: false }),
      observe: { ...silent, ...observe },
      settings: { ...ROUTER_DEFAULTS, instanceId: name, partitions, ...settings },
    })
    await time.runUntil(time.nowMs() + 5000)
    return { process, router: await starting }
  }
  const arrive = (callId: string, partition = 0, more: Partial<CallArrived> = {}) =>
    broker.append({
      topic: 'call.arrived',
      partition,
      key: callId,
      value: codec.encode('call.arrived', { ...arrival, callId, ...more }),
      headers: { [HEADER.requestNo]: String(more.requestNo ?? 1) },
    })
  const settle = (callId: string, partition = 0, more: Partial<LookupSettled> = {}) =>
    broker.append({
      topic: 'call.lookup',
      partition,
      key: callId,
      value: codec.encode('call.lookup', { ...lookup, callId, ...more }),
    })
  const settleAll = (callId: string, partition = 0): void => {
    for (const { name: dependency } of policy.dependencies) {
      settle(callId, partition, { dependency })
    }
  }
  const decisions = () =>
    broker.records('call.routed').flatMap((record) => {
      const read = codec.decode('call.routed', record.value)
      return read.ok ? [{ ...read.value, appendedAt: record.appendedAt, at: record }] : []
    })
  const decidedCalls = (): string[] => decisions().map(({ callId }) => callId)
  const pass = (ms: number) => time.runUntil(time.nowMs() + ms)
  return {
    time,
    broker,
    codec,
    start,
    arrive,
    settle,
    settleAll,
    decisions,
    decidedCalls,
    pass,
  }
}
