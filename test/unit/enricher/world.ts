/** A small world for an enricher: an in-memory broker, virtual time and a scripted dependency. */
import { pino } from 'pino'
import type { CallArrived, LookupSettled, OverrideSet } from '../../../schemas/records.ts'
import { createFactsCache, NO_CACHE } from '../../../services/enricher/cache.ts'
import type { AskControl, Connector } from '../../../services/enricher/connectors/connector.ts'
import { failure, type RawResult } from '../../../services/enricher/core/live.ts'
import type { Question } from '../../../services/enricher/core/question.ts'
import {
  type Enricher,
  type EnricherOptions,
  startEnricher,
} from '../../../services/enricher/enricher.ts'
import { createNeighbours } from '../../../services/enricher/neighbours.ts'
import { createRepeats } from '../../../services/enricher/repeats.ts'
import { followOverrides } from '../../../services/enricher/override.ts'
import { ENRICHER_DEFAULTS } from '../../../services/enricher/settings.ts'
import { type Enrichers, startEnrichers } from '../../../services/enricher/together.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { type MemoryProcess, memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { DependencyPolicy, Policy } from '../../../services/policy/policy.ts'
import { callArrived } from '../../records.ts'

const keep = { audit: 'keep', screen: false } as const

export const CRM: DependencyPolicy = {
  name: 'crm',
  timeoutMs: 2000,
  staleAfterMs: 3_600_000,
  needs: null,
  facts: { customerId: { type: 'string', ...keep }, tier: { type: 'string', ...keep } },
}

export const BILLING: DependencyPolicy = {
  name: 'billing',
  timeoutMs: 1000,
  staleAfterMs: null,
  needs: { dependency: 'crm', fact: 'customerId' },
  facts: { pastDue: { type: 'boolean', ...keep } },
}

/** What an enricher reads of a policy. */
export function policyOf(dependencies: readonly DependencyPolicy[], windowMs = 2500): Policy {
  const never = (): never => {
    throw new Error('an enricher decides nothing')
  }
  return {
    name: 'test',
    version: 'v1',
    text: '',
    windowMs,
    margins: { enricherMs: 400, publishMs: 250, backupMs: 120 },
    staleCallMs: 30_000,
    dependencies,
    decide: never,
    classify: never,
    redact: never,
    screen: never,
    get unreadable(): never {
      return never()
    },
  }
}

export const arrivalOf = (callId: string, more: Partial<CallArrived> = {}): CallArrived =>
  callArrived({ callId, ani: '+4930123456', dnis: '+4930999', ...more })

export const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** Answers a question after a while, in a process's own time; null never answers. */
export type Script = (
  question: Question,
  attempt: number,
  nowMs: number,
) => { readonly afterMs: number; readonly result: RawResult } | null

export const found = (
  facts: Record<string, unknown>,
  syncedAt: number | null = null,
): RawResult => ({
  kind: 'FOUND',
  facts,
  syncedAt,
})

export interface Settled extends LookupSettled {
  readonly appendedAt: number
  readonly partition: number
  readonly key: string
  readonly traceparent: string | null
}

const text = (bytes: unknown): string | null =>
  bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : null

const SILENT = pino({ level: 'silent' })

export function createWorld(dependencies: readonly DependencyPolicy[], seed = 1) {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 3 })
  const codec = memoryCodec()
  const weather = calm(seededRandom(seed))
  const policy = policyOf(dependencies)
  const passedOver: string[] = []
  let asks = 0
  let clients = 0

  const connectorIn = (process: MemoryProcess, script: Script, inputs = ['ani']): Connector => {
    const closing = Promise.withResolvers<RawResult>()
    return {
      asked: 'record by identifier',
      inputs: inputs as Connector['inputs'],
      ask(question, control: AskControl) {
        asks += 1
        const answer = script(question, asks, time.nowMs())
        process.after(2, () => control.reached('RESPONSE'))
        const answered = new Promise<RawResult>((resolve) => {
          if (answer !== null) process.after(answer.afterMs, () => resolve(answer.result))
        })
        return Promise.race([answered, closing.promise])
      },
      // As a real one: whatever is under way breaks.
      close() {
        closing.resolve(failure('UNREACHABLE', 'was closed'))
        return Promise.resolve()
      },
    }
  }

  const observe: EnricherOptions['observe'] = {
    settled: () => {},
    late: () => {},
    passedOver: (why) => passedOver.push(why),
    load: () => {},
    breaker: () => {},
  }

  /** A process of its own, and what every enricher in it is given. */
  const newProcess = async () => {
    clients += 1
    const process = memoryProcess(time)
    const client = memoryClient(broker, process, weather, `client-${clients}`)
    const { clock } = process
    const common = {
      instanceId: `i-${clients}`,
      client,
      codec,
      clock,
      random: seededRandom(seed),
      policyAt: () => policy,
      overrides: await followOverrides({ client, codec, clock, logger: SILENT }),
    }
    return { process, common }
  }

  /** How a dependency is asked in a process. */
  const asking = (
    process: MemoryProcess,
    dependency: string,
    script: Script,
    inputs?: string[],
  ) => ({
    dependency,
    groupId: `enricher-${dependency}`,
    connector: connectorIn(process, script, inputs),
    settings: ENRICHER_DEFAULTS,
    logger: SILENT,
    observe,
  })

  const start = async (
    dependency: string,
    script: Script,
    options: Partial<EnricherOptions> & { inputs?: string[] } = {},
  ): Promise<{ enricher: Enricher; process: MemoryProcess }> => {
    const { process, common } = await newProcess()
    const { client, clock } = common
    const enricher = await startEnricher({
      ...common,
      ...asking(process, dependency, script, options.inputs),
      producer: await client.producer(`enricher-${dependency}`),
      cache: createFactsCache({ entriesMax: 100, ttlMs: 600_000, clock, hash: (key) => key }),
      neighbours: createNeighbours(),
      repeats: createRepeats(),
      ...options,
    })
    return { enricher, process }
  }

  /** One process for all these, each with its script and what it asks by. */
  const together = async (
    scripts: Readonly<Record<string, { readonly script: Script; readonly inputs?: string[] }>>,
  ): Promise<{ enrichers: Enrichers; process: MemoryProcess }> => {
    const { process, common } = await newProcess()
    const enrichers = await startEnrichers({
      ...common,
      asked: Object.entries(scripts).map(([dependency, { script, inputs }]) => ({
        ...asking(process, dependency, script, inputs),
        cache: NO_CACHE,
      })),
    })
    return { enrichers, process }
  }

  return {
    together,
    time,
    broker,
    codec,
    start,
    passedOver,
    asks: () => asks,
    arrive(arrival: CallArrived, partition = 0, traceparent = TRACEPARENT) {
      return broker.append({
        topic: 'call.arrived',
        partition,
        key: arrival.callId,
        value: codec.encode('call.arrived', arrival),
        headers: { traceparent },
      })
    },
    override(override: OverrideSet) {
      broker.append({
        topic: 'ops.override',
        partition: 0,
        key: override.dependency,
        value: codec.encode('ops.override', override),
      })
    },
    /** A record without a value in ops.override. */
    tombstone(dependency: string) {
      broker.append({ topic: 'ops.override', partition: 0, key: dependency, value: null })
    },
    tell(lookup: LookupSettled, partition = 0, key = lookup.callId, headers = {}) {
      broker.append({
        topic: 'call.lookup',
        partition,
        key,
        value: codec.encode('call.lookup', lookup),
        headers,
      })
    },
    /** What stands in call.lookup, in the order of appending within a partition. */
    settled(dependency: string, callId?: string): Settled[] {
      return broker.records('call.lookup').flatMap((record) => {
        const decoded = codec.decode('call.lookup', record.value)
        if (!decoded.ok) throw new Error('an unreadable lookup')
        if (decoded.value.dependency !== dependency) return []
        if (callId !== undefined && decoded.value.callId !== callId) return []
        return [
          {
            ...decoded.value,
            appendedAt: record.appendedAt,
            partition: record.partition,
            key: text(record.key) ?? '',
            traceparent: text(record.headers['traceparent']),
          },
        ]
      })
    },
    pass: (ms: number) => time.runUntil(time.nowMs() + ms),
    /** Runs virtual time while something is awaited. */
    async run<T>(promise: Promise<T>): Promise<T> {
      const driver = time.drive()
      try {
        return await promise
      } finally {
        await driver.stop()
      }
    },
  }
}
