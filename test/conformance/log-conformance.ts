/**
 * What the services may rely on from a log, whichever it is: one suite for the in-memory broker and for
 * Kafka. It knows neither virtual time nor a real clock: it waits for conditions through `eventually`.
 *
 * Every test uses its own partitions' tail and its own group, so that a shared cluster may serve them all.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CrosspointError } from '../../services/errors.ts'
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
const unique = (what: string): string => {
  serial += 1
  return `${what}-${process.pid}-${process.hrtime.bigint()}-${serial}`
}

const text = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString()

/** A service's side of a group: what it was told, and the usual answer to an assignment. */
interface Witness {
  readonly consumer: GroupConsumer
  readonly assignments: Assignment[]
  readonly batches: RecordBatch[]
  readonly trouble: Error[]
  revocations: number
  holds(): readonly number[]
  texts(topic: TopicName, partition: number): (string | null)[]
}

export function logConformance(name: string, make: () => Promise<LogUnderTest>): void {
  describe(`${name} keeps the promises of a log`, () => {
    let log: LogUnderTest
    const clients: LogClient[] = []

    const client = async (): Promise<LogClient> => {
      const made = await log.client()
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
      log.eventually('every partition has one owner', () => {
        const held = members.flatMap((member) => [...member.holds()])
        return held.length === log.partitions && new Set(held).size === log.partitions
      })
    const shared = async (...members: Witness[]): Promise<void> => {
      await log.eventually('every member holds its fair share', () => {
        const sizes = members.map((member) => member.holds().length)
        return Math.max(...sizes) - Math.min(...sizes) <= 1
      })
      await assigned(...members)
    }

    beforeAll(async () => {
      log = await make()
    })
    afterAll(async () => {
      await Promise.all(clients.map((each) => each.close()))
      await log.close()
    })

    describe('appending', () => {
      test('acknowledges in order, with rising offsets and append times that never go back', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const before = await endOf(each, 'call.arrived', 0)
        const acks = await write(producer, 'call.arrived', 0, ['a', 'b', 'c', 'd'])
        expect(acks.map(({ offset }) => offset - before)).toEqual([0, 1, 2, 3])
        const times = acks.map(({ appendedAt }) => appendedAt)
        expect(times.toSorted((a, b) => a - b)).toEqual(times)
        for (const { sentAtHostMs, ackedAtHostMs } of acks) {
          expect(ackedAtHostMs).toBeGreaterThanOrEqual(sentAtHostMs)
        }
        expect(await endOf(each, 'call.arrived', 0)).toBe(before + 4)
      })

      test('keeps the order of the calls within a partition, over many turns', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const before = await endOf(each, 'call.arrived', 1)
        const values = Array.from({ length: 300 }, (_, index) => String(index))
        const pending: Promise<unknown>[] = []
        for (const value of values) {
          pending.push(
            producer.append({
              topic: 'call.arrived',
              partition: 1,
              key: null,
              value: Buffer.from(value),
            }),
          )
          // A turn of the event loop between some of them: they then travel apart.
          if (pending.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        await Promise.all(pending)
        const read = await readAll(each, 'call.arrived', 1, before)
        expect(read.map(({ value }) => text(value))).toEqual(values)
      })

      test('puts a record into the partition that was named, whatever its key', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        for (const partition of [0, log.partitions - 1]) {
          const before = await endOf(each, 'call.lookup', partition)
          await write(producer, 'call.lookup', partition, ['here'])
          expect(await endOf(each, 'call.lookup', partition)).toBe(before + 1)
        }
      })

      test('carries keys, headers, repeated headers, empty and null values unchanged', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const before = await endOf(each, 'call.lookup', 2)
        const bytes = Uint8Array.from([0, 255, 1, 128])
        const out = { topic: 'call.lookup', partition: 2 } as const
        await Promise.all([
          producer.append({ ...out, key: 'schlüssel', value: bytes, headers: { name: 'Wert' } }),
          producer.append({ ...out, key: null, value: null, headers: { raw: bytes } }),
          producer.append({
            ...out,
            key: bytes,
            value: new Uint8Array(),
            headers: { twice: [Buffer.from('one'), Buffer.from('two')] },
          }),
        ])
        const [first, second, third] = await readAll(each, 'call.lookup', 2, before)
        expect(text(first?.key)).toBe('schlüssel')
        expect([...(first?.value ?? [])]).toEqual([...bytes])
        expect(headerTexts(first, 'name')).toEqual(['Wert'])
        expect([second?.key, second?.value]).toEqual([null, null])
        expect(headerBytes(second, 'raw')).toEqual([[...bytes]])
        expect([...(third?.key ?? [])]).toEqual([...bytes])
        expect(third?.value?.length).toBe(0)
        expect(headerTexts(third, 'twice')).toEqual(['one', 'two'])
      })

      test('a reader sees the offset and the append time that were acknowledged', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const before = await endOf(each, 'call.lookup', 3)
        const acks = await write(producer, 'call.lookup', 3, ['x', 'y'])
        const read = await readAll(each, 'call.lookup', 3, before)
        expect(read.map(({ offset, appendedAt }) => ({ offset, appendedAt }))).toEqual(
          acks.map(({ offset, appendedAt }) => ({ offset, appendedAt })),
        )
        expect(read.map(({ topic, partition }) => `${topic} ${partition}`)).toEqual([
          'call.lookup 3',
          'call.lookup 3',
        ])
      })

      test('a closed producer has sent what was under way and takes nothing more', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const before = await endOf(each, 'call.lookup', 4)
        const pending = write(producer, 'call.lookup', 4, ['last'])
        await producer.close(5000)
        await pending
        expect(await endOf(each, 'call.lookup', 4)).toBe(before + 1)
        await expect(write(producer, 'call.lookup', 4, ['too late'])).rejects.toThrow()
      })
    })

    describe('offsets', () => {
      test('the offset at a time is the first record appended then or later, else the end', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const out: { offset: number; appendedAt: number }[] = []
        for (const value of ['1', '2', '3']) {
          out.push(...(await write(producer, 'call.routed', 0, [value])))
          await log.aWhile()
        }
        const at = async (timeMs: number): Promise<number | undefined> =>
          (await each.offsets.at('call.routed', timeMs))[0]
        for (const { offset, appendedAt } of out) {
          expect(await at(appendedAt)).toBe(offset)
          expect(await at(appendedAt + 1)).toBe(offset + 1)
        }
        expect(await at(out[0] === undefined ? 0 : out[0].appendedAt + 3_600_000)).toBe(
          await endOf(each, 'call.routed', 0),
        )
        expect(await at(0)).toBe((await each.offsets.starts('call.routed'))[0])
      })

      test('ends, starts and times have one entry per partition', async () => {
        const each = await client()
        expect(await each.offsets.ends('call.routed')).toHaveLength(log.partitions)
        expect(await each.offsets.starts('call.routed')).toHaveLength(log.partitions)
        expect(await each.offsets.at('call.routed', 0)).toHaveLength(log.partitions)
        expect(await each.offsets.ends('ops.clock')).toHaveLength(1)
        expect(await each.offsets.ends('call.routed.dlt')).toHaveLength(log.partitions)
      })
    })

    describe('reading without a group', () => {
      test('from a time until the end: what was appended since, in order, then it resolves', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const [old] = await write(producer, 'call.context', 0, ['old'])
        await log.aWhile()
        const acks = await write(producer, 'call.context', 0, ['new 1', 'new 2', 'new 3'])
        expect(acks[0]?.appendedAt).toBeGreaterThan(old?.appendedAt ?? Infinity)
        const seen = await readTopic(each, 'call.context', { timeMs: acks[0]?.appendedAt ?? 0 })
        expect(recordsOf(seen, 'call.context', 0).map(({ value }) => text(value))).toEqual([
          'new 1',
          'new 2',
          'new 3',
        ])
        expect(seen.at(-1)?.nextOffset).toBe((acks.at(-1)?.offset ?? 0) + 1)
      })

      test('from the start until the end: all that is kept; an empty range ends at once', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        await write(producer, 'call.context', 1, ['something'])
        const seen = await readTopic(each, 'call.context', 'start')
        const [starts, ends] = await Promise.all([
          each.offsets.starts('call.context'),
          each.offsets.ends('call.context'),
        ])
        for (let partition = 0; partition < log.partitions; partition += 1) {
          const offsets = recordsOf(seen, 'call.context', partition).map(({ offset }) => offset)
          const start = starts[partition] ?? 0
          const expected = Array.from(
            { length: (ends[partition] ?? 0) - start },
            (_, i) => start + i,
          )
          expect(offsets).toEqual(expected)
        }
        expect(await readTopic(each, 'call.context', 'end')).toEqual([])
      })

      test('follows from the end until it is aborted, and then resolves', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        await write(producer, 'call.context', 2, ['before'])
        const stop = new AbortController()
        const seen: RecordBatch[] = []
        const reading = each.reader.read(
          { topics: ['call.context'], from: 'end', until: 'never', signal: stop.signal },
          (batch) => void seen.push(batch),
        )
        // A follower begins some time after it was asked: write until it has seen something.
        let written = 0
        await log.eventually('the follower sees new records', async () => {
          written += 1
          await write(producer, 'call.context', 2, [`after ${written}`])
          return recordsOf(seen, 'call.context', 2).length > 0
        })
        const [first] = recordsOf(seen, 'call.context', 2)
        expect(text(first?.value)).toMatch(/^after/)
        stop.abort()
        await reading
        const count = seen.length
        await write(producer, 'call.context', 2, ['after the end'])
        await log.aWhile()
        expect(seen).toHaveLength(count)
      })
    })

    describe('consumer groups', () => {
      const TWO = ['call.arrived', 'call.lookup'] as const satisfies readonly TopicName[]

      const ends = async (of: LogClient, topics: readonly TopicName[]) =>
        new Map(
          await Promise.all(
            topics.map(async (topic) => [topic, await of.offsets.ends(topic)] as const),
          ),
        )

      test('a gained partition is silent until it is sought and resumed', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const starts = await ends(each, TWO)
        const seen = await join(each, unique('silent'), TWO)
        await assigned(seen)
        expect(seen.assignments[0]?.gained).toHaveLength(log.partitions)
        await write(producer, 'call.arrived', 0, ['one', 'two'])
        await log.aWhile()
        expect(seen.batches).toEqual([])
        seen.consumer.seek('call.arrived', 0, starts.get('call.arrived')?.[0] ?? 0)
        await log.aWhile()
        expect(seen.batches).toEqual([])
        seen.consumer.resume('call.arrived', [0])
        await log.eventually(
          'both records are read',
          () => seen.texts('call.arrived', 0).length >= 2,
        )
        expect(seen.texts('call.arrived', 0)).toEqual(['one', 'two'])
        // The other topic of the same partition still sleeps.
        await write(producer, 'call.lookup', 0, ['unheard'])
        await log.aWhile()
        expect(seen.texts('call.lookup', 0)).toEqual([])
        await seen.consumer.stop()
      })

      test('positions: batches follow each other without gaps, and nextOffset is where the next begins', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const starts = await ends(each, TWO)
        const seen = await join(each, unique('positions'), TWO, from(starts))
        await assigned(seen)
        for (let round = 0; round < 5; round += 1) {
          await write(producer, 'call.arrived', 3, [`${round} a`, `${round} b`])
        }
        await log.eventually('all ten are read', () => seen.texts('call.arrived', 3).length >= 10)
        let position = starts.get('call.arrived')?.[3] ?? 0
        for (const batch of seen.batches.filter(
          ({ topic, partition }) => topic === 'call.arrived' && partition === 3,
        )) {
          expect(batch.records[0]?.offset ?? position).toBe(position)
          position = batch.nextOffset
        }
        expect(position).toBe(await endOf(each, 'call.arrived', 3))
        await seen.consumer.stop()
      })

      test('pause silences one topic of one partition, resume goes on exactly there', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const seen = await join(each, unique('pause'), TWO, from(await ends(each, TWO)))
        await assigned(seen)
        await write(producer, 'call.lookup', 1, ['before'])
        await log.eventually('the first is read', () => seen.texts('call.lookup', 1).length > 0)
        seen.consumer.pause('call.lookup', [1])
        await write(producer, 'call.lookup', 1, ['meanwhile'])
        await write(producer, 'call.lookup', 2, ['elsewhere'])
        await write(producer, 'call.arrived', 1, ['beside'])
        await log.eventually(
          'the others are read',
          () => seen.texts('call.lookup', 2).length + seen.texts('call.arrived', 1).length === 2,
        )
        await log.aWhile()
        expect(seen.texts('call.lookup', 1)).toEqual(['before'])
        seen.consumer.resume('call.lookup', [1])
        await log.eventually('it goes on', () => seen.texts('call.lookup', 1).length > 1)
        expect(seen.texts('call.lookup', 1)).toEqual(['before', 'meanwhile'])
        await seen.consumer.stop()
      })

      test('a seek back repeats, a seek forward skips', async () => {
        const each = await client()
        const producer = await each.producer('conformance')
        const seen = await join(each, unique('seek'), TWO, from(await ends(each, TWO)))
        await assigned(seen)
        const acks = await write(producer, 'call.arrived', 2, ['1', '2', '3'])
        await log.eventually('three are read', () => seen.texts('call.arrived', 2).length === 3)
        seen.consumer.seek('call.arrived', 2, acks[1]?.offset ?? 0)
        await log.eventually('two are repeated', () => seen.texts('call.arrived', 2).length === 5)
        expect(seen.texts('call.arrived', 2)).toEqual(['1', '2', '3', '2', '3'])
        seen.consumer.pause('call.arrived', [2])
        const more = await write(producer, 'call.arrived', 2, ['4', '5'])
        seen.consumer.seek('call.arrived', 2, more[1]?.offset ?? 0)
        seen.consumer.resume('call.arrived', [2])
        await log.eventually('the last is read', () => seen.texts('call.arrived', 2).includes('5'))
        expect(seen.texts('call.arrived', 2)).not.toContain('4')
        await seen.consumer.stop()
      })

      test('a new group has committed nothing; commits and their metadata come back', async () => {
        const each = await client()
        const groupId = unique('commit')
        const seen = await join(each, groupId, TWO, from(await ends(each, TWO)))
        await assigned(seen)
        expect([...(await seen.consumer.committed('call.arrived'))]).toEqual([])
        await seen.consumer.commit([
          { topic: 'call.arrived', partition: 0, offset: 7, metadata: '1700000000000' },
          { topic: 'call.arrived', partition: 1, offset: 9 },
        ])
        const committed = await seen.consumer.committed('call.arrived')
        expect(committed.get(0)).toEqual({ offset: 7, metadata: '1700000000000' })
        expect(committed.get(1)?.offset).toBe(9)
        expect(committed.has(2)).toBe(false)
        expect([...(await seen.consumer.committed('call.lookup'))]).toEqual([])
        await seen.consumer.stop()
        // The next member of the group finds them.
        const later = await join(await client(), groupId, TWO)
        await assigned(later)
        expect((await later.consumer.committed('call.arrived')).get(0)).toEqual({
          offset: 7,
          metadata: '1700000000000',
        })
        await later.consumer.stop()
      })

      test('a commit of a member that is no longer in the group is refused', async () => {
        const each = await client()
        const groupId = unique('stale')
        const seen = await join(each, groupId, TWO)
        await assigned(seen)
        const entry = { topic: 'call.arrived', partition: 0, offset: 3 } as const
        await seen.consumer.commit([entry])
        await seen.consumer.stop()
        await expect(seen.consumer.commit([{ ...entry, offset: 5 }])).rejects.toBeInstanceOf(
          CrosspointError,
        )
        const later = await join(await client(), groupId, TWO)
        await assigned(later)
        expect((await later.consumer.committed('call.arrived')).get(0)?.offset).toBe(3)
        await later.consumer.stop()
      })

      test('two groups read independently of each other', async () => {
        const [one, other] = [await client(), await client()]
        const producer = await one.producer('conformance')
        const starts = await ends(one, TWO)
        const first = await join(one, unique('first'), TWO, from(starts))
        const second = await join(other, unique('second'), TWO, from(starts))
        await assigned(first)
        await assigned(second)
        await write(producer, 'call.arrived', 4, ['for both'])
        for (const seen of [first, second]) {
          await log.eventually('it is read', () => seen.texts('call.arrived', 4).length > 0)
          expect(seen.texts('call.arrived', 4)).toEqual(['for both'])
        }
        await first.consumer.commit([{ topic: 'call.arrived', partition: 4, offset: 1 }])
        expect([...(await second.consumer.committed('call.arrived'))]).toEqual([])
        await first.consumer.stop()
        await second.consumer.stop()
      })

      test('1 → 2 → 3 → 2 members: retained partitions neither repeat nor skip, gained ones are paused', async () => {
        const owners = [await client(), await client(), await client()] as const
        const producer = await owners[0].producer('conformance')
        const groupId = unique('rebalance')
        const starts = await ends(owners[0], TWO)
        /** Written to every partition of both topics between changes. */
        const written: string[] = []
        const writeRound = async (round: string): Promise<void> => {
          written.push(round)
          for (const topic of TWO) {
            await Promise.all(
              Array.from({ length: log.partitions }, (_, partition) =>
                write(producer, topic, partition, [round]),
              ),
            )
          }
        }
        /** What the group as a whole has processed, so that a gainer goes on where the loser was. */
        const done = new Map<string, number>()
        const resumeWhereDone = (consumer: GroupConsumer, { gained }: Assignment): void => {
          for (const topic of TWO) {
            for (const partition of gained) {
              const start = starts.get(topic)?.[partition] ?? 0
              consumer.seek(topic, partition, done.get(`${topic} ${partition}`) ?? start)
            }
            consumer.resume(topic, gained)
          }
        }
        const members: Witness[] = []
        const addMember = async (owner: LogClient): Promise<void> => {
          members.push(await join(owner, groupId, TWO, resumeWhereDone))
          await shared(...members)
        }
        const allRead = (of: readonly Witness[]): Promise<void> =>
          log.eventually(`round ${written.length} is read everywhere`, () => {
            for (const topic of TWO) {
              for (let partition = 0; partition < log.partitions; partition += 1) {
                const read = of.flatMap((member) => member.texts(topic, partition))
                if (!written.every((round) => read.includes(round))) return false
              }
            }
            for (const { batches } of of) {
              for (const { topic, partition, nextOffset } of batches) {
                const key = `${topic} ${partition}`
                done.set(key, Math.max(done.get(key) ?? 0, nextOffset))
              }
            }
            return true
          })

        await addMember(owners[0])
        await writeRound('one member')
        await allRead(members)
        await addMember(owners[1])
        await writeRound('two members')
        await allRead(members)
        await addMember(owners[2])
        await writeRound('three members')
        await allRead(members)
        const everyone = [...members]
        await members.splice(1, 1)[0]?.consumer.stop()
        await shared(...members)
        await writeRound('two again')
        await allRead(everyone)

        for (const topic of TWO) {
          for (let partition = 0; partition < log.partitions; partition += 1) {
            const read = everyone.flatMap((member) => member.texts(topic, partition))
            expect(read.toSorted()).toEqual(written.toSorted())
          }
        }
        for (const member of everyone) checkEpochs(member)
        await Promise.all(members.map(({ consumer }) => consumer.stop()))
      })

      test('a member that stops leaves at once: another has its partitions without a session timeout', async () => {
        const [one, other] = [await client(), await client()]
        const groupId = unique('leave')
        const first = await join(one, groupId, TWO)
        await assigned(first)
        const second = await join(other, groupId, TWO)
        await shared(first, second)
        await first.consumer.stop()
        const told = first.assignments.length
        await assigned(second)
        expect(second.holds()).toHaveLength(log.partitions)
        expect(second.revocations).toBeGreaterThan(0)
        expect(first.assignments).toHaveLength(told)
        await second.consumer.stop()
      })
    })
  })
}

/** Epochs rise, and `gained` and `lost` are the differences of what was held. */
function checkEpochs({ assignments }: Witness): void {
  let held: readonly number[] = []
  let epoch = -Infinity
  for (const assignment of assignments) {
    expect(assignment.epoch).toBeGreaterThan(epoch)
    epoch = assignment.epoch
    const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)
    const now = assignment.partitions
    expect(sorted(assignment.gained)).toEqual(sorted(now.filter((each) => !held.includes(each))))
    expect(sorted(assignment.lost)).toEqual(sorted(held.filter((each) => !now.includes(each))))
    held = now
  }
}

function recordsOf(
  batches: readonly RecordBatch[],
  topic: string,
  partition: number,
): readonly LogRecord[] {
  return batches
    .filter((batch) => batch.topic === topic && batch.partition === partition)
    .flatMap(({ records }) => records)
}

async function readTopic(
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

async function readAll(
  client: LogClient,
  topic: TopicName,
  partition: number,
  fromOffset: number,
): Promise<LogRecord[]> {
  const seen = await readTopic(client, topic, 'start')
  return recordsOf(seen, topic, partition).filter(({ offset }) => offset >= fromOffset)
}

function headerBytes(record: LogRecord | undefined, name: string): number[][] {
  const value = record?.headers[name]
  if (value === undefined) return []
  const values = value instanceof Uint8Array ? [value] : value
  return values.map((each) => [...each])
}

function headerTexts(record: LogRecord | undefined, name: string): string[] {
  return headerBytes(record, name).map((bytes) => Buffer.from(bytes).toString())
}
