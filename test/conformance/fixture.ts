/**
 * What the conformance suite works with: a log under test, clients of it, and members of groups that
 * keep what they were told.
 */
import type {
  Assignment,
  GroupConsumer,
  LogClient,
  LogProducer,
  LogRecord,
  RecordBatch,
} from '../../services/platform/ports.ts'
import type { TopicName } from '../../services/topology.ts'

export interface LogUnderTest {
  /** Partition count of the topics of calls; at least 6. The topics exist. */
  readonly partitions: number
  /** A new client, as one process has it; the suite closes it. */
  client(): Promise<LogClient>
  /** Resolves once the condition holds; rejects with `what` when it does not within a fair time. */
  eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void>
  /** Lets so much time pass that what should not happen would have happened: a few fetches. */
  aWhile(): Promise<void>
  close(): Promise<void>
}
/** Something different each time, so that tests on a shared cluster do not meet. */
let serial = 0
export const unique = (what: string): string => {
  serial += 1
  return `${what}-${process.pid}-${process.hrtime.bigint()}-${serial}`
}

export const text = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString()

/** A service's side of a group: what it was told, and the usual answer to an assignment. */
export interface Witness {
  readonly consumer: GroupConsumer
  readonly assignments: Assignment[]
  readonly batches: RecordBatch[]
  readonly trouble: Error[]
  revocations: number
  holds(): readonly number[]
  texts(topic: TopicName, partition: number): (string | null)[]
}

export type Fixture = ReturnType<typeof fixture>

/** Tools around the log under test, which is there only once a suite's `beforeAll` has run. */
export function fixture(log: () => LogUnderTest) {
  const clients: LogClient[] = []

  const client = async (): Promise<LogClient> => {
    const made = await log().client()
    clients.push(made)
    return made
  }
  /** Appends values one after another and gives back where they went. */
  const write = async (
    producer: LogProducer,
    topic: TopicName,
    partition: number,
    values: readonly string[],
  ) =>
    Promise.all(
      values.map((value) =>
        producer.append({ topic, partition, key: 'k', value: Buffer.from(value) }),
      ),
    )
  const endOf = async (of: LogClient, topic: TopicName, partition: number): Promise<number> =>
    (await of.offsets.ends(topic))[partition] ?? -1

  /** Joins a group; `onGained` says what the service does with a gained partition. */
  const join = async (
    of: LogClient,
    groupId: string,
    topics: readonly TopicName[],
    onGained: (consumer: GroupConsumer, assignment: Assignment) => void = () => {},
  ): Promise<Witness> => {
    const consumer = of.group(groupId, topics)
    const seen: Witness = {
      consumer,
      assignments: [],
      batches: [],
      trouble: [],
      revocations: 0,
      holds: () => seen.assignments.at(-1)?.partitions ?? [],
      texts: (topic, partition) =>
        recordsOf(seen.batches, topic, partition).map(({ value }) => text(value)),
    }
    await consumer.start({
      assigned(assignment) {
        seen.assignments.push(assignment)
        onGained(consumer, assignment)
      },
      revoking() {
        seen.revocations += 1
      },
      records: (batch) => void seen.batches.push(batch),
      interrupted: (error) => void seen.trouble.push(error),
    })
    return seen
  }
  /** Seeks gained partitions to given offsets and resumes them. */
  const from =
    (offsets: ReadonlyMap<TopicName, readonly number[]>) =>
    (consumer: GroupConsumer, { gained }: Assignment): void => {
      for (const [topic, starts] of offsets) {
        for (const partition of gained) consumer.seek(topic, partition, starts[partition] ?? 0)
        consumer.resume(topic, gained)
      }
    }
  const assigned = (...members: Witness[]): Promise<void> =>
    log().eventually('every partition has one owner', () => {
      const held = members.flatMap((member) => [...member.holds()])
      return held.length === log().partitions && new Set(held).size === log().partitions
    })
  const shared = async (...members: Witness[]): Promise<void> => {
    await log().eventually('every member holds its fair share', () => {
      const sizes = members.map((member) => member.holds().length)
      return Math.max(...sizes) - Math.min(...sizes) <= 1
    })
    await assigned(...members)
  }

  const close = async (): Promise<void> => {
    await Promise.all(clients.map((each) => each.close()))
    await log().close()
  }
  return { client, write, endOf, join, from, assigned, shared, close }
}

export function recordsOf(
  batches: readonly RecordBatch[],
  topic: string,
  partition: number,
): readonly LogRecord[] {
  return batches
    .filter((batch) => batch.topic === topic && batch.partition === partition)
    .flatMap(({ records }) => records)
}

export async function readTopic(
  client: LogClient,
  topic: TopicName,
  from: 'start' | 'end' | { readonly timeMs: number },
): Promise<RecordBatch[]> {
  const seen: RecordBatch[] = []
  await client.reader.read(
    { topics: [topic], from, until: 'end' },
    (batch) => void seen.push(batch),
  )
  return seen
}

export async function readAll(
  client: LogClient,
  topic: TopicName,
  partition: number,
  fromOffset: number,
): Promise<LogRecord[]> {
  const seen = await readTopic(client, topic, 'start')
  return recordsOf(seen, topic, partition).filter(({ offset }) => offset >= fromOffset)
}
