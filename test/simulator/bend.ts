/** Ports bent on purpose: a world that uses them must break a promise, or the checks see nothing. */
import type { Clock, CommitEntry, LogClient } from '../../services/platform/ports.ts'
import type { Instance, StartService } from './cast.ts'
import type { Service } from './plan.ts'

type Bend = (client: LogClient, clock: Clock) => LogClient

/** Gives the instances of some services a bent client. */
export function bending(concerns: (service: Service) => boolean, bend: Bend) {
  return (start: StartService): StartService =>
    (instance: Instance) =>
      start(
        concerns(instance.service)
          ? { ...instance, client: bend(instance.client, instance.process.clock) }
          : instance,
      )
}

/** The recovery gate opens at once: every log looks empty at assignment. */
export const withoutGate: Bend = (client) => ({
  ...client,
  offsets: {
    ...client.offsets,
    ends: async (topic) => (await client.offsets.ends(topic)).map(() => 0),
  },
})

/** Commits what was read, whether or not it is done: by receipt instead of by outcome. */
export const committingReceipt: Bend = (client) => ({
  ...client,
  group(groupId, topics) {
    const group = client.group(groupId, topics)
    const read = new Map<string, number>()
    const ahead = (entry: CommitEntry): CommitEntry => ({
      ...entry,
      offset: Math.max(entry.offset, read.get(`${entry.topic} ${entry.partition}`) ?? 0),
    })
    return {
      ...group,
      start: (handler) =>
        group.start({
          assigned: (assignment) => handler.assigned(assignment),
          revoking: () => handler.revoking(),
          interrupted: (error) => handler.interrupted(error),
          records(batch) {
            read.set(`${batch.topic} ${batch.partition}`, batch.nextOffset)
            handler.records(batch)
          },
        }),
      commit: (entries) => group.commit(entries.map(ahead)),
    }
  },
})

/** Turns every record over in its mind for a while before sending it. */
export const dawdling =
  (delayMs: number): Bend =>
  (client, clock) => ({
    ...client,
    producer: async (purpose) => {
      const producer = await client.producer(purpose)
      return {
        close: (timeoutMs) => producer.close(timeoutMs),
        append: async (record) => {
          await new Promise<void>((resolve) => clock.after(delayMs, resolve))
          return producer.append(record)
        },
      }
    },
  })

/** Sends nothing to a topic, yet says it did. */
export const swallowing =
  (topic: string): Bend =>
  (client) => ({
    ...client,
    producer: async (purpose) => {
      const producer = await client.producer(purpose)
      return {
        close: (timeoutMs) => producer.close(timeoutMs),
        append: (record) =>
          producer.append(
            record.topic === topic ? { ...record, topic: 'ops.clock', partition: 0 } : record,
          ),
      }
    },
  })
