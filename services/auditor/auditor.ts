/**
 * The auditor's shell (design §4, Auditor): a consumer group of its own inside the router program. It
 * reads decisions and lookups, writes audit.* and call.context, and commits only what was
 * acknowledged. On start it rewinds the horizon to rebuild its memory and writes nothing for what its
 * commits cover.
 */
import type { Logger } from 'pino'
import type { ErrorCode } from '../errors.ts'
import type {
  Assignment,
  Clock,
  Codec,
  GroupConsumer,
  LogClient,
  LogProducer,
  OutRecord,
} from '../platform/ports.ts'
import { keepCommits, type Released } from '../platform/commits.ts'
import { every, persist, wait } from '../platform/timing.ts'
import type { EvidenceContext } from './core/evidence.ts'
import type { AuditEffects } from './core/partition.ts'
import {
  AUDITED_TOPICS,
  type AuditedTopic,
  auditPartition,
  type PartitionAudit,
} from './partition-audit.ts'
import { startsOf } from './recovery.ts'

export interface AuditorOptions {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly evidence: EvidenceContext
  readonly logger: Logger
  readonly groupId: string
  /** Who writes, as `program/instance`; stands in dead letters. */
  readonly service: string
  readonly observe: {
    noted(kind: NonNullable<AuditEffects['noted']>): void
    deadLettered(topic: AuditedTopic, code: ErrorCode): void
  }
}

export interface Auditor {
  /** True once every assigned partition is being read. */
  ready(): boolean
  /** Commits what was acknowledged and leaves the group. */
  stop(): Promise<void>
}

const COMMIT_EVERY_MS = 500
const RETRY_EVERY_MS = 500
/** Reading pauses for a partition with more unfinished records than this, and goes on below half. */
const BACKLOG_MAX = 4000

/** Starts the auditor and resolves once it has joined its group. */
export async function startAuditor(options: AuditorOptions): Promise<Auditor> {
  const { client, clock, logger } = options
  const producer = await client.producer('audit')
  const group = client.group(options.groupId, AUDITED_TOPICS)
  const audits = new Map<number, PartitionAudit>()
  const relief = keepRelief(group, audits)
  const commits = keepCommits(group, () => releasedOf(audits))
  const life = { stopping: false, epoch: 0, recovering: true }
  const ports = partitionPorts(options, producer, () => life.stopping)

  const recover = async (assignment: Assignment): Promise<void> => {
    const current = () => !life.stopping && life.epoch === assignment.epoch
    const starts = await persist(
      clock,
      current,
      () => startsOf(client, group, assignment.gained),
      (error) => logger.warn({ err: error }, 'auditor: positions not known yet, trying again'),
    )
    for (const start of starts ?? []) {
      audits.set(start.partition, auditPartition(start, ports))
      for (const topic of AUDITED_TOPICS) {
        group.seek(topic, start.partition, start.seek[topic])
        group.resume(topic, [start.partition])
      }
    }
    if (starts !== null) life.recovering = false
  }

  await group.start({
    assigned(assignment) {
      const changed = [...assignment.lost, ...assignment.gained]
      for (const partition of changed) audits.delete(partition)
      commits.forget(changed)
      relief.forget(changed)
      life.epoch = assignment.epoch
      // Partitions gained by an assignment that another one overtook are gained no more, yet unread.
      const unread = assignment.partitions.filter((partition) => !audits.has(partition))
      life.recovering = unread.length > 0
      if (life.recovering) void recover({ ...assignment, gained: unread })
    },
    revoking: () => void commits.flush(),
    records(batch) {
      audits.get(batch.partition)?.take(batch)
      relief.check(batch.partition)
    },
    interrupted: (error) => logger.warn({ err: error }, 'auditor: consumer interrupted, rejoining'),
  })

  const stopTicking = every(clock, COMMIT_EVERY_MS, () => {
    relief.release()
    void commits.flush()
  })

  return {
    ready: () => !life.recovering && !life.stopping,
    async stop() {
      life.stopping = true
      stopTicking()
      await producer.close(2000)
      await commits.flush()
      await group.stop()
    },
  }
}

function* releasedOf(audits: ReadonlyMap<number, PartitionAudit>): Iterable<Released> {
  for (const [partition, audit] of audits) {
    if (!audit.remembers()) continue
    for (const topic of AUDITED_TOPICS) {
      const released = audit.prefix(topic).take()
      if (released === null) continue
      yield { topic, partition, offset: released.offset, openSinceMs: released.appendedAt }
    }
  }
}

/** Pauses partitions that read faster than their records are finished. */
function keepRelief(group: GroupConsumer, audits: ReadonlyMap<number, PartitionAudit>) {
  const paused = new Set<number>()
  const set = (act: 'pause' | 'resume', partition: number): void => {
    for (const topic of AUDITED_TOPICS) group[act](topic, [partition])
  }
  return {
    check(partition: number): void {
      const backlog = audits.get(partition)?.backlog() ?? 0
      if (backlog <= BACKLOG_MAX || paused.has(partition)) return
      paused.add(partition)
      set('pause', partition)
    },
    release(): void {
      for (const partition of paused) {
        if ((audits.get(partition)?.backlog() ?? 0) > BACKLOG_MAX / 2) continue
        paused.delete(partition)
        set('resume', partition)
      }
    },
    forget(partitions: readonly number[]): void {
      for (const partition of partitions) paused.delete(partition)
    },
  }
}

/** Appends and schema questions that go on until they succeed or the auditor stops. */
function partitionPorts(options: AuditorOptions, producer: LogProducer, stopping: () => boolean) {
  const { clock, codec, logger } = options
  const append = async (record: OutRecord): Promise<boolean> => {
    const ack = await persist(
      clock,
      () => !stopping(),
      () => producer.append(record),
      (error) =>
        logger.warn({ err: error, topic: record.topic }, 'auditor: not appended, trying again'),
    )
    return ack !== null
  }
  const learn = async (schemaId: number): Promise<boolean> => {
    while (!stopping()) {
      if ((await codec.learn(schemaId)) !== 'unavailable') return true
      await wait(clock, RETRY_EVERY_MS)
    }
    return false
  }
  const { evidence, service, observe } = options
  return { codec, evidence, service, append, learn, ...observe }
}
