/**
 * A partition assigner for kafkajs that gives a member the same partition numbers of all its topics.
 * The default one deals topic by topic and joins break; it also forgets who held what.
 */
import kafkajs, { type Assigner, type PartitionAssigner } from 'kafkajs'
import { assignPartitions, type Candidate } from './assign-partitions.ts'
import type { Logger } from './log-bridge.ts'

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol

const NAME = 'CrosspointCoPartitionedSticky'
const VERSION = 1

/** What a member tells the group's leader of itself. */
export interface Holding {
  readonly generation: number
  readonly partitions: readonly number[]
}

interface MemberView extends Candidate {
  readonly topics: readonly string[]
}

/**
 * `holding` is asked at every join; `joining` is called then, before the request goes out. Members with
 * different topics (a rolling change) get their partitions of the topics each one reads.
 */
export function coPartitioned(
  logger: Logger,
  holding: () => Holding,
  joining: () => void,
): PartitionAssigner {
  return ({ cluster, groupId }): Assigner => ({
    name: NAME,
    version: VERSION,
    protocol({ topics }) {
      joining()
      const userData = Buffer.from(JSON.stringify(holding()))
      return { name: NAME, metadata: MemberMetadata.encode({ version: VERSION, topics, userData }) }
    },
    assign({ members }) {
      const views = members.map(({ memberId, memberMetadata }) => view(memberId, memberMetadata))
      const topics = [...new Set(views.flatMap((member) => member.topics))]
      const counts = topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length)
      const known = counts.filter((count) => count > 0)
      if (new Set(counts).size > 1) {
        logger.error(
          { groupId, topics, counts },
          'topics of one group differ in partitions: those beyond the smallest count stay unread',
        )
      }
      const shares = assignPartitions(views, known.length === 0 ? 0 : Math.min(...known))
      return Promise.resolve(
        views.map((member) => {
          const partitions = [...(shares.get(member.id) ?? [])]
          const assignment = Object.fromEntries(member.topics.map((topic) => [topic, partitions]))
          const encoded = MemberAssignment.encode({
            version: VERSION,
            assignment,
            userData: Buffer.alloc(0),
          })
          return { memberId: member.id, memberAssignment: encoded }
        }),
      )
    },
  })
}

/** A member as the leader sees it. A throw here would stall the group: what can't be read is nothing. */
function view(id: string, metadata: Buffer): MemberView {
  const decoded = MemberMetadata.decode(metadata)
  const { generation, partitions } = parseHolding(decoded?.userData)
  return { id, topics: decoded?.topics ?? [], held: partitions, generation }
}

function parseHolding(userData: Buffer | undefined): Holding {
  const nothing = { generation: -1, partitions: [] }
  try {
    const parsed: unknown = JSON.parse(userData?.toString('utf8') ?? '')
    const { generation, partitions } = parsed as Partial<Holding>
    const readable =
      Number.isInteger(generation) &&
      Array.isArray(partitions) &&
      partitions.every((partition) => Number.isInteger(partition))
    return readable ? (parsed as Holding) : nothing
  } catch {
    return nothing
  }
}
