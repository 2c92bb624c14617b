/** The promises of consumer groups, a part of the conformance suite of the log. */
import { describe, expect, test } from 'vitest'
import { CrosspointError } from '../../services/errors.ts'
import type { Assignment, GroupConsumer, LogClient } from '../../services/platform/ports.ts'
import type { TopicName } from '../../services/topology.ts'
import { unique, type Fixture, type LogUnderTest, type Witness } from './fixture.ts'

export function groupPromises(
  { client, write, endOf, join, from, assigned, shared }: Fixture,
  log: () => LogUnderTest,
): void {
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
      expect(seen.assignments[0]?.gained).toHaveLength(log().partitions)
      await write(producer, 'call.arrived', 0, ['one', 'two'])
      await log().aWhile()
      expect(seen.batches).toEqual([])
      seen.consumer.seek('call.arrived', 0, starts.get('call.arrived')?.[0] ?? 0)
      await log().aWhile()
      expect(seen.batches).toEqual([])
      seen.consumer.resume('call.arrived', [0])
      await log().eventually(
        'both records are read',
        () => seen.texts('call.arrived', 0).length >= 2,
      )
      expect(seen.texts('call.arrived', 0)).toEqual(['one', 'two'])
      // The other topic of the same partition still sleeps.
      await write(producer, 'call.lookup', 0, ['unheard'])
      await log().aWhile()
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
      await log().eventually('all ten are read', () => seen.texts('call.arrived', 3).length >= 10)
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
      await log().eventually('the first is read', () => seen.texts('call.lookup', 1).length > 0)
      seen.consumer.pause('call.lookup', [1])
      await write(producer, 'call.lookup', 1, ['meanwhile'])
      await write(producer, 'call.lookup', 2, ['elsewhere'])
      await write(producer, 'call.arrived', 1, ['beside'])
      await log().eventually(
        'the others are read',
        () => seen.texts('call.lookup', 2).length + seen.texts('call.arrived', 1).length === 2,
      )
      await log().aWhile()
      expect(seen.texts('call.lookup', 1)).toEqual(['before'])
      seen.consumer.resume('call.lookup', [1])
      await log().eventually('it goes on', () => seen.texts('call.lookup', 1).length > 1)
      expect(seen.texts('call.lookup', 1)).toEqual(['before', 'meanwhile'])
      await seen.consumer.stop()
    })

    test('a seek back repeats, a seek forward skips', async () => {
      const each = await client()
      const producer = await each.producer('conformance')
      const seen = await join(each, unique('seek'), TWO, from(await ends(each, TWO)))
      await assigned(seen)
      const acks = await write(producer, 'call.arrived', 2, ['1', '2', '3'])
      await log().eventually('three are read', () => seen.texts('call.arrived', 2).length === 3)
      seen.consumer.seek('call.arrived', 2, acks[1]?.offset ?? 0)
      await log().eventually('two are repeated', () => seen.texts('call.arrived', 2).length === 5)
      expect(seen.texts('call.arrived', 2)).toEqual(['1', '2', '3', '2', '3'])
      seen.consumer.pause('call.arrived', [2])
      const more = await write(producer, 'call.arrived', 2, ['4', '5'])
      seen.consumer.seek('call.arrived', 2, more[1]?.offset ?? 0)
      seen.consumer.resume('call.arrived', [2])
      await log().eventually('the last is read', () => seen.texts('call.arrived', 2).includes('5'))
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
        await log().eventually('it is read', () => seen.texts('call.arrived', 4).length > 0)
        expect(seen.texts('call.arrived', 4)).toEqual(['for both'])
      }
      await first.consumer.commit([{ topic: 'call.arrived', partition: 4, offset: 1 }])
      expect([...(await second.consumer.committed('call.arrived'))]).toEqual([])
      await first.consumer.stop()
      await second.consumer.stop()
    })

    test('groups of one client read as if each were alone: from its place, past pauses and farewells', async () => {
      const one = await client()
      const producer = await one.producer('conformance')
      const starts = await ends(one, TWO)
      await write(producer, 'call.arrived', 3, ['a', 'b', 'c'])
      const now = await ends(one, TWO)
      const behind = await join(one, unique('behind'), TWO, from(starts))
      const ahead = await join(one, unique('ahead'), TWO, from(now))
      const leaving = await join(one, unique('leaving'), TWO, from(starts))
      for (const seen of [behind, ahead, leaving]) await assigned(seen)
      const reads = (seen: Witness, values: readonly string[]): Promise<void> =>
        log().eventually(`${values.join(' ')} is read`, () => {
          const read = seen.texts('call.arrived', 3)
          return read.length >= values.length && read.every((value, at) => value === values[at])
        })
      await reads(behind, ['a', 'b', 'c'])
      await write(producer, 'call.arrived', 3, ['d'])
      await reads(behind, ['a', 'b', 'c', 'd'])
      await reads(ahead, ['d'])
      await reads(leaving, ['a', 'b', 'c', 'd'])

      behind.consumer.pause('call.arrived', [3])
      await leaving.consumer.stop()
      await write(producer, 'call.arrived', 3, ['e', 'f'])
      await reads(ahead, ['d', 'e', 'f'])
      expect(behind.texts('call.arrived', 3)).toEqual(['a', 'b', 'c', 'd'])
      behind.consumer.resume('call.arrived', [3])
      await reads(behind, ['a', 'b', 'c', 'd', 'e', 'f'])

      ahead.consumer.seek('call.arrived', 3, now.get('call.arrived')?.[3] ?? 0)
      await reads(ahead, ['d', 'e', 'f', 'd', 'e', 'f'])
      await write(producer, 'call.arrived', 3, ['g'])
      await reads(behind, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      await reads(ahead, ['d', 'e', 'f', 'd', 'e', 'f', 'g'])
      expect(leaving.texts('call.arrived', 3)).toEqual(['a', 'b', 'c', 'd'])
      for (const { consumer } of [behind, ahead]) await consumer.stop()
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
            Array.from({ length: log().partitions }, (_, partition) =>
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
        log().eventually(`round ${written.length} is read everywhere`, () => {
          for (const topic of TWO) {
            for (let partition = 0; partition < log().partitions; partition += 1) {
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
        for (let partition = 0; partition < log().partitions; partition += 1) {
          const read = everyone.flatMap((member) => member.texts(topic, partition))
          expect(read.toSorted(byText)).toEqual(written.toSorted(byText))
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
      expect(second.holds()).toHaveLength(log().partitions)
      expect(second.revocations).toBeGreaterThan(0)
      expect(first.assignments).toHaveLength(told)
      await second.consumer.stop()
    })
  })
}

const byText = (a: string | null, b: string | null): number => (String(a) < String(b) ? -1 : 1)

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
