/**
 * The auditor's shell (design §4, Auditor): a consumer group of its own inside the router program. It
 * reads decisions and lookups, writes audit.* and call.context, and commits only what was
 * acknowledged. On start it rewinds the horizon to rebuild its memory and writes nothing for what its
 * commits cover.
 */
import type { Logger } from 'pino'
import type { ErrorCode } from '../errors.ts'
import type {
  Clock,
  Codec,
  GroupConsumer,
  GroupHandler,
  LogClient,
  LogProducer,
  OutRecord,
} from '../platform/ports.ts'
import { appendUntilDone } from '../platform/append-until-done.ts'
import { keepCommits, type Released } from '../platform/commits.ts'
import { forgetDecoded } from '../platform/decode-once.ts'
import { every, persist, wait } from '../platform/timing.ts'
import type { EvidenceContext } from './core/evidence.ts'
import { AUDITED_TOPICS, type AuditedTopic } from './core/memory.ts'
import { keepFlows } from './flows.ts'
import type { Noted, PartitionAudit, PartitionPorts } from './partition-audit.ts'
import { createPolicyDesk, type PolicySource } from './policy-desk.ts'
import { recall } from './recall.ts'
import { createTakingUp } from './taking-up.ts'
import { createTurns } from './turns.ts'

export interface AuditorOptions {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly evidence: EvidenceContext
  /** Where texts are looked for that `evidence` lacks; without it nothing is waited for. */
  readonly policies?: PolicySource
  readonly logger: Logger
  readonly groupId: string
  /** Who writes, as `program/instance`; stands in dead letters. */
  readonly service: string
  readonly observe: {
    noted(kind: Noted, count: number): void
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
/** Where more records of a partition wait for their turn, they wait as bytes. */
const DECODED_MAX = 50
const RETRY_EVERY_MS = 500

const NO_SOURCE: PolicySource = { met: () => true, reread: () => Promise.resolve() }

/** Starts the auditor. Rejects, with nothing left open, with XP_TOPIC_MISSING or XP_BROKER_…. */
export async function startAuditor(options: AuditorOptions): Promise<Auditor> {
  const { client, clock, logger } = options
  const producer = await client.producer('audit', 'patient')
  const group = client.group(options.groupId, AUDITED_TOPICS, 'patient')
  const audits = new Map<number, PartitionAudit>()
  const turns = createTurns(clock)
  const flows = keepFlows(options, group, audits, (partition) => turns.waiting(partition))
  const commits = keepCommits(group, () => releasedOf(audits))
  const life = { stopping: false }
  const stopping = (): boolean => life.stopping
  const forget = (partitions: readonly number[]): void => {
    commits.forget(partitions)
    flows.forget(partitions)
    turns.forget(partitions)
  }
  const ports = partitionPorts(options, producer, stopping)
  const takingUp = createTakingUp(options, group, { audits, forget }, ports, stopping)
  const handler: GroupHandler = {
    assigned: (assignment) => takingUp.assigned(assignment),
    revoking: () => void commits.flush(),
    records(batch) {
      const audit = audits.get(batch.partition)
      if (audit === undefined) return
      if (turns.waiting(batch.partition) > DECODED_MAX) forgetDecoded(batch.records)
      turns.add(batch, (piece) => {
        try {
          audit.take(piece)
        } catch (error) {
          takingUp.again(batch.partition, error)
        }
        flows.check(batch.partition)
      })
      flows.check(batch.partition)
    },
    interrupted: (error) => logger.warn({ err: error }, 'auditor: consumer interrupted, rejoining'),
  }
  await startOrClose(group, handler, producer)

  const stopTicking = every(clock, COMMIT_EVERY_MS, () => {
    flows.tick()
    void commits.flush()
  })

  return {
    ready: () => takingUp.done() && !life.stopping,
    async stop() {
      life.stopping = true
      stopTicking()
      turns.stop()
      // Its sockets close after its last acknowledgement, which is taken note of before that.
      await producer.close(2000)
      await commits.flush()
      await group.stop()
    },
  }
}

async function startOrClose(
  group: GroupConsumer,
  handler: GroupHandler,
  producer: LogProducer,
): Promise<void> {
  try {
    await group.start(handler)
  } catch (error) {
    await producer.close(0)
    throw error
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

/** Appends and schema questions that go on until they succeed or the auditor stops. */
function partitionPorts(options: AuditorOptions, producer: LogProducer, stopping: () => boolean) {
  const { client, clock, codec, logger } = options
  const append = (record: OutRecord): Promise<boolean> =>
    appendUntilDone(record, {
      clock,
      append: (out) => producer.append(out),
      wanted: () => !stopping(),
      failed: (error, { topic }) =>
        logger.warn({ err: error, topic }, 'auditor: not appended, trying again'),
    })
  const learn = async (schemaId: number): Promise<boolean> => {
    while (!stopping()) {
      if ((await codec.learn(schemaId)) !== 'unavailable') return true
      await wait(clock, RETRY_EVERY_MS)
    }
    return false
  }
  const recalled: PartitionPorts['recall'] = (topic, partition, offsets, wanted) =>
    persist(
      clock,
      () => !stopping() && wanted(),
      () => recall(client.reader, topic, partition, offsets),
      (error) => logger.warn({ err: error, topic }, 'auditor: not read again, trying again'),
    )
  const { evidence, service, observe } = options
  const policies = createPolicyDesk(options.policies ?? NO_SOURCE, options, stopping)
  return { codec, evidence, service, append, learn, policies, recall: recalled, ...observe }
}
