/** Watches every topic of a deployment, as any reader of the topics could, and waits for what must come. */
import { readRecords, type ReadRecord } from '../../../services/audit/read-records.ts'
import type { Codec, LogClient, LogRecord } from '../../../services/platform/ports.ts'
import { TOPIC_NAMES, TOPICS, type RecordOf, type TopicName } from '../../../services/topology.ts'

export interface Seen<T extends TopicName> {
  readonly record: LogRecord
  readonly value: RecordOf[T]
}

export interface Witness {
  /** Readable records of a topic so far, in offset order within a partition. */
  all<T extends TopicName>(topic: T): readonly Seen<T>[]
  deadLetters(): readonly LogRecord[]
  /** Waits until `find` makes something of what was seen; `what` says in the error what did not come. */
  until<T>(what: string, find: () => T | null | undefined, patienceMs?: number): Promise<T>
  /** The first record of a topic that fits. */
  first<T extends TopicName>(
    what: string,
    topic: T,
    fits: (value: RecordOf[T], record: LogRecord) => boolean,
  ): Promise<Seen<T>>
  stop(): Promise<void>
}

const PATIENCE_MS = 45_000

type Books = { readonly [T in TopicName]: Seen<T>[] }

/** Reads from the start of every topic on. */
export function watchTopics(client: LogClient, codec: Codec): Witness {
  const books = Object.fromEntries(TOPIC_NAMES.map((name) => [name, []])) as unknown as Books
  const letters: LogRecord[] = []
  const waiting = new Set<() => void>()
  const ending = new AbortController()
  const { promise: broken, reject: fail } = Promise.withResolvers<never>()
  broken.catch(() => undefined)
  const { signal } = ending

  const look = (): void => {
    for (const wake of waiting) wake()
  }
  const note = ({ topic, record, value }: ReadRecord): void => {
    if (value === null) return
    const book = books[topic] as Seen<TopicName>[]
    book.push({ record, value })
    look()
  }
  const options = { from: 'start', until: 'never', signal } as const
  const topics = TOPIC_NAMES.filter((name) => name !== 'ops.clock')
  const deadLetters = topics.flatMap((name) =>
    TOPICS[name].deadLettersBy === undefined ? [] : [`${name}.dlt` as const],
  )
  const reading = [
    readRecords({ reader: client.reader, codec }, { ...options, topics }, note),
    client.reader.read({ ...options, topics: deadLetters }, ({ records }) => {
      letters.push(...records)
      look()
    }),
  ]
  for (const one of reading) {
    one.catch((error: unknown) => {
      if (!signal.aborted) fail(error)
    })
  }

  const until: Witness['until'] = (what, find, patienceMs = PATIENCE_MS) => {
    const { promise, resolve, reject } =
      Promise.withResolvers<NonNullable<ReturnType<typeof find>>>()
    const wake = (): void => {
      try {
        const found = find()
        if (found !== null && found !== undefined) resolve(found)
      } catch (error) {
        reject(error)
      }
    }
    const timer = setTimeout(
      () => reject(new Error(`in vain waited ${patienceMs} ms for ${what}`)),
      patienceMs,
    )
    waiting.add(wake)
    wake()
    return Promise.race([promise, broken]).finally(() => {
      clearTimeout(timer)
      waiting.delete(wake)
    })
  }
  return {
    all: (topic) => books[topic],
    deadLetters: () => letters,
    until,
    first: (what, topic, fits) =>
      until(what, () => books[topic].find(({ value, record }) => fits(value, record))),
    async stop() {
      ending.abort()
      await Promise.allSettled(reading)
    },
  }
}
