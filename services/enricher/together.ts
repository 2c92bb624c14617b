/**
 * The enrichers of one process: over one producer, and each other's neighbours. Each has its consumer group,
 * slots and breaker to itself.
 */
import { createNeighbours } from './neighbours.ts'
import { type Enricher, type EnricherOptions, startEnricher } from './enricher.ts'
import { createRepeats } from './repeats.ts'

/** What is asked of one dependency, and how. */
export type Asked = Pick<
  EnricherOptions,
  'dependency' | 'groupId' | 'connector' | 'settings' | 'cache' | 'logger' | 'observe'
>

export interface EnrichersOptions
  extends Omit<EnricherOptions, keyof Asked | 'producer' | 'neighbours' | 'repeats'> {
  readonly asked: readonly Asked[]
}

export interface Enrichers {
  /** The dependencies whose partitions are not all taken up. */
  missing(): readonly string[]
  /** Ends within 3 s: enrichers first, side by side, then what they asked and wrote through. */
  stop(): Promise<void>
}

/** Enrichers have waited for what was under way: what is left has no time to be waited for. */
const CLOSE_MS = 300

/**
 * Starts an enricher for each dependency and resolves once all have joined their groups. Their connectors are
 * closed with them. Rejects, with nothing left open, when one can not start.
 */
export async function startEnrichers({ asked, ...shared }: EnrichersOptions): Promise<Enrichers> {
  const connectors = asked.map(({ connector }) => connector)
  const closeConnectors = (): Promise<unknown> =>
    Promise.allSettled(connectors.map((connector) => connector.close()))
  const producer = await shared.client.producer('lookups').catch(async (error: unknown) => {
    await closeConnectors()
    throw error
  })
  const started: { readonly dependency: string; readonly enricher: Enricher }[] = []
  const stop = async (): Promise<void> => {
    const stops = await Promise.allSettled(started.map(({ enricher }) => enricher.stop()))
    await producer.close(CLOSE_MS)
    await closeConnectors()
    const failed = stops.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }
  const common = { ...shared, producer, neighbours: createNeighbours(), repeats: createRepeats() }
  const starts = await Promise.allSettled(
    asked.map(async (one) => {
      const enricher = await startEnricher({ ...common, ...one })
      started.push({ dependency: one.dependency, enricher })
    }),
  )
  const failed = starts.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    await stop().catch(() => undefined)
    throw failed.reason
  }
  return {
    missing: () =>
      started.flatMap(({ dependency, enricher }) => (enricher.ready() ? [] : [dependency])),
    stop,
  }
}
