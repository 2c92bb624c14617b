/**
 * The codec over a schema registry. At start it finds the ids of our own schemas and all versions of
 * all subjects, so that in normal running no record waits for the registry (design §4.10); a schema
 * registered later is learned when the first record names it.
 */
import { LRUCache } from 'lru-cache'
import { CrosspointError } from '../errors.ts'
import { TOPIC_NAMES, type TopicName } from '../topology.ts'
import { compileWriter, sameLayout, type AvroType } from './avro.ts'
import { createCodec, readerTypes, type Writers } from './codec.ts'
import type { Clock, Codec } from './ports.ts'
import type { RegisteredSchema, Registry } from './registry.ts'

export interface OpenCodecOptions {
  readonly registry: Registry
  readonly topicPrefix: string
  readonly clock: Clock
  /** How long to wait for a registry that does not answer. */
  readonly startTimeoutMs: number
  readonly onWait?: (error: CrosspointError) => void
  /** For tools, which mostly read: a schema of ours is missed only once something is written by it. */
  readonly mayLack?: boolean
}

const RETRY_MS = 500
/** How long "there is no such schema" is believed. */
const UNKNOWN_FOR_MS = 60_000
const UNKNOWN_IDS_MAX = 10_000

export function subjectOf(topicPrefix: string, topic: TopicName): string {
  return `${topicPrefix}${topic}-value`
}

/**
 * Opens the codec; registers nothing. Throws XP_SCHEMA_MISSING when a schema of ours is not registered, unless it may lack,
 * XP_REGISTRY_UNREACHABLE when the registry stays silent for `startTimeoutMs`, XP_REGISTRY_AUTH and
 * XP_REGISTRY_FAILED at once.
 */
export async function openCodec(options: OpenCodecOptions): Promise<Codec> {
  const types = readerTypes()
  const subjects = await patiently(options, async () => {
    const found = new Map<TopicName, readonly RegisteredSchema[]>()
    for (const topic of TOPIC_NAMES) {
      found.set(topic, await options.registry.versions(subjectOf(options.topicPrefix, topic)))
    }
    return found
  })
  const known = new Map<number, AvroType>()
  const ids = new Map<TopicName, number>()
  const missing: string[] = []
  for (const [topic, versions] of subjects) {
    const own = types.get(topic)
    for (const { id, schema } of versions) {
      const type = known.get(id) ?? compiled(schema)
      if (type === null) continue
      known.set(id, type)
      // The newest of those that lay out bytes as we do; docs and defaults make no difference.
      if (own !== undefined && sameLayout(own, type)) ids.set(topic, id)
    }
    if (!ids.has(topic)) missing.push(subjectOf(options.topicPrefix, topic))
  }
  if (missing.length > 0 && options.mayLack !== true) {
    throw new CrosspointError(
      'XP_SCHEMA_MISSING',
      `the registry does not have this version's schema for ${missing.join(', ')}`,
    )
  }
  return createCodec(types, ids, registryWriters(options, known))
}

function compiled(schema: RegisteredSchema['schema']): AvroType | null {
  try {
    return compileWriter(schema)
  } catch {
    return null
  }
}

function registryWriters(options: OpenCodecOptions, known: Map<number, AvroType>): Writers {
  // Number of the host's clock at which the answer goes stale.
  const unknown = new LRUCache<number, number>({ max: UNKNOWN_IDS_MAX })
  const asking = new Map<number, ReturnType<Writers['learn']>>()

  const isUnknown = (id: number): boolean => {
    const until = unknown.get(id)
    return until !== undefined && options.clock.nowMs() < until
  }
  const ask = async (id: number): ReturnType<Writers['learn']> => {
    try {
      const schema = await options.registry.schemaById(id)
      const type = schema === null ? null : compiled(schema)
      if (type !== null) {
        known.set(id, type)
        return 'known'
      }
      unknown.set(id, options.clock.nowMs() + UNKNOWN_FOR_MS)
      return 'unknown'
    } catch {
      return 'unavailable'
    }
  }
  return {
    get: (id) => known.get(id) ?? (isUnknown(id) ? 'unknown' : undefined),
    learn(id) {
      if (known.has(id)) return Promise.resolve('known')
      if (isUnknown(id)) return Promise.resolve('unknown')
      const running = asking.get(id)
      if (running !== undefined) return running
      const started = ask(id).finally(() => asking.delete(id))
      asking.set(id, started)
      return started
    },
  }
}

/** Runs until it works or fails for another reason than a silent registry, at most the start's time. */
async function patiently<T>(options: OpenCodecOptions, run: () => Promise<T>): Promise<T> {
  const { clock } = options
  const until = clock.nowMs() + options.startTimeoutMs
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const silent = error instanceof CrosspointError && error.code === 'XP_REGISTRY_UNREACHABLE'
      if (!silent || clock.nowMs() + RETRY_MS > until) throw error
      options.onWait?.(error)
      await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve))
    }
  }
}
