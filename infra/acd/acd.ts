/**
 * A simulated ACD: reads call.routed as a member of a group, obeys the reader's rule of design §4.1 and
 * hands each effective decision on once. After a restart it rewinds the horizon before its commit, to
 * know again what it has heard, and acts only on what lies behind the commit.
 */
import type {
  Assignment,
  Clock,
  Codec,
  Committed,
  GroupConsumer,
  LogClient,
} from '../../services/platform/ports.ts'
import { rewindTo } from '../../services/reader/first-decision.ts'
import { createDesk, RETRY_MS, type DeskCounts, type HeardDecision } from './desk.ts'

export interface Acd {
  readonly counts: DeskCounts
  /** Resolves when the first partitions are being read. */
  readonly ready: Promise<void>
  /** Commits what was done and leaves the group. */
  stop(): Promise<void>
}

export interface AcdOptions {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly groupId: string
  /** Where a group that never committed begins. */
  readonly newGroupFrom: 'start' | 'end'
  /** Called once per effective decision, in the order of its partition. */
  readonly onDecision: (heard: HeardDecision) => void
}

const TOPIC = 'call.routed' as const
const COMMIT_EVERY_MS = 1000

/** Where to read from, and from which offset on to act. */
async function placesOf(
  { client, newGroupFrom }: AcdOptions,
  consumer: GroupConsumer,
  partitions: readonly number[],
): Promise<Map<number, { readFrom: number; actFrom: number }>> {
  const committed = await consumer.committed(TOPIC)
  const edges = await (newGroupFrom === 'end'
    ? client.offsets.ends(TOPIC)
    : client.offsets.starts(TOPIC))
  const places = new Map<number, { readFrom: number; actFrom: number }>()
  for (const partition of partitions) {
    const commit = committed.get(partition)
    const edge = edges[partition] ?? 0
    places.set(
      partition,
      commit === undefined
        ? { readFrom: edge, actFrom: edge }
        : { readFrom: await rewound(client, partition, commit), actFrom: commit.offset },
    )
  }
  return places
}

async function rewound(client: LogClient, partition: number, commit: Committed): Promise<number> {
  const finishedAt = Number(commit.metadata)
  const offsets = await client.offsets.at(TOPIC, rewindTo(finishedAt))
  return Math.min(offsets[partition] ?? commit.offset, commit.offset)
}

export function startAcd(options: AcdOptions): Acd {
  const { client, codec, clock, groupId, onDecision } = options
  const consumer = client.group(groupId, [TOPIC])
  const desk = createDesk({ codec, clock, onDecision })
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>()
  let epoch = 0
  let stopped = false

  const opened = new Set<number>()

  const open = async (assignment: Assignment): Promise<void> => {
    // What an assignment gained that another one overtook is gained no more, yet unread.
    const unread = assignment.partitions.filter((partition) => !opened.has(partition))
    const current = (): boolean => !stopped && assignment.epoch === epoch
    try {
      const places = await placesOf(options, consumer, unread)
      if (!current()) return
      for (const [partition, { readFrom, actFrom }] of places) {
        opened.add(partition)
        desk.open(partition, actFrom)
        consumer.seek(TOPIC, partition, readFrom)
      }
      consumer.resume(TOPIC, unread)
      becomeReady()
    } catch {
      // The brokers did not answer: ask again for as long as this assignment holds.
      if (current()) clock.after(RETRY_MS, () => void open(assignment))
    }
  }
  const commit = async (): Promise<void> => {
    const entries = desk.takeFinished().map(({ partition, offset, appendedAt }) => ({
      topic: TOPIC,
      partition,
      offset,
      metadata: String(appendedAt),
    }))
    // A commit that failed is made good by the next one, or by whoever holds the partitions then.
    if (entries.length > 0) await consumer.commit(entries).catch(() => {})
  }
  const commitRegularly = async (): Promise<void> => {
    await commit()
    if (!stopped) clock.after(COMMIT_EVERY_MS, () => void commitRegularly())
  }

  const started = consumer.start({
    assigned(assignment) {
      epoch = assignment.epoch
      const changed = [...assignment.lost, ...assignment.gained]
      for (const partition of changed) opened.delete(partition)
      desk.leave(changed)
      void open(assignment)
    },
    revoking() {},
    records: ({ partition, records }) => desk.take(partition, records),
    interrupted() {},
  })
  void commitRegularly()

  return {
    counts: desk.counts,
    ready: Promise.race([ready, started.then(() => ready)]),
    async stop() {
      if (stopped) return
      stopped = true
      desk.close()
      await commit()
      await consumer.stop()
    },
  }
}
