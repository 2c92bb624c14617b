/**
 * Following a topic of one partition from its beginning, for state that is all in the topic (overrides,
 * policies): what stands in it is taken before the service is ready, what comes is taken in its order.
 */
import type { Logger } from 'pino'
import type { RecordOf, TopicName } from '../topology.ts'
import type { Clock, Codec, Decoded, LogClient, LogRecord, RecordBatch } from './ports.ts'
import { wait } from './timing.ts'

/** A record as far as it could be read: no schema has to be learnt for it any more. */
export type Read<T> = Exclude<Decoded<T>, { readonly retry: true }>

export interface FollowOptions<T extends TopicName> {
  readonly client: Pick<LogClient, 'reader'>
  readonly codec: Pick<Codec, 'decode' | 'learn'>
  readonly clock: Clock
  readonly logger: Logger
  readonly topic: T
  /** Called for one record after the other, by offset, each once. */
  readonly take: (record: LogRecord, read: Read<RecordOf[T]>) => void
}

export interface Following {
  /** The offset behind the last record taken; null before the first. */
  taken(): number | null
  stop(): void
}

const RETRY_EVERY_MS = 1000

/** Resolves once all that stands in the topic was taken; tries until it can. */
export async function follow<T extends TopicName>(options: FollowOptions<T>): Promise<Following> {
  const { client, clock, logger, topic, take } = options
  const stopped = new AbortController()
  const { signal } = stopped
  let nextOffset: number | null = null
  let takenTo: number | null = null
  // One after the other, so that a schema learnt late does not let an older record win.
  let taken: Promise<void> = Promise.resolve()

  const takeNext = async (before: Promise<void>, record: LogRecord): Promise<void> => {
    await before
    try {
      const read = await readPatiently(options, record, signal)
      if (read !== null) take(record, read)
    } catch (error) {
      logger.error({ err: error, topic, offset: record.offset }, 'a record was passed over')
    }
  }
  const noteReached = async (before: Promise<void>, offset: number): Promise<void> => {
    await before
    takenTo = offset
  }
  const onBatch = (batch: RecordBatch): void => {
    for (const record of batch.records) {
      if (nextOffset === null || record.offset >= nextOffset) taken = takeNext(taken, record)
    }
    const reached = Math.max(nextOffset ?? 0, batch.nextOffset)
    nextOffset = reached
    taken = noteReached(taken, reached)
  }
  const read = async (until: 'end' | 'never'): Promise<void> => {
    while (!signal.aborted) {
      const from =
        nextOffset === null ? 'start' : { offsets: new Map([[topic, [nextOffset]] as const]) }
      try {
        await client.reader.read({ topics: [topic], from, until, signal }, onBatch)
        if (until === 'end') return
      } catch (error) {
        logger.warn({ err: error, topic }, 'a topic can not be followed, trying again')
      }
      if (!signal.aborted) await wait(clock, RETRY_EVERY_MS)
    }
  }
  await read('end')
  await taken
  void read('never')
  return { taken: () => takenTo, stop: () => stopped.abort() }
}

/** Asks the registry for a schema until it answers; null when nobody wants the record any more. */
async function readPatiently<T extends TopicName>(
  { codec, clock, topic }: FollowOptions<T>,
  record: LogRecord,
  signal: AbortSignal,
): Promise<Read<RecordOf[T]> | null> {
  while (!signal.aborted) {
    const decoded = codec.decode(topic, record.value)
    if (decoded.ok || !decoded.retry) return decoded
    if ((await codec.learn(decoded.schemaId)) === 'unavailable') await wait(clock, RETRY_EVERY_MS)
  }
  return null
}
