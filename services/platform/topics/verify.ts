/** The check of topics that every service makes at its start, and `topics diff` for all of them. */
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { LogAdmin } from '../kafka/admin.ts'
import { differences, wantedTopics, type Deployment, type Difference } from './plan.ts'

/** How the topics on the brokers differ from the table. Rejects with XP_BROKER_…. */
export async function findDifferences(
  admin: LogAdmin,
  callPartitions: number,
): Promise<{ readonly deployment: Deployment; readonly differences: readonly Difference[] }> {
  const deployment = { callPartitions, brokers: await admin.brokers() }
  const wanted = wantedTopics(deployment)
  const found = await admin.describeTopics(wanted.map(({ topic }) => topic))
  return { deployment, differences: differences(wanted, found) }
}

/**
 * Throws XP_TOPIC_MISSING or XP_TOPIC_MISMATCH when a service can't work with the topics it uses: one
 * is not there, has another partition count, or does not carry append times. Other differences are for
 * `topics diff`.
 */
export async function verifyTopics(
  admin: LogAdmin,
  topics: readonly LogTopic[],
  callPartitions: number,
): Promise<void> {
  const wanted = wantedTopics({ callPartitions, brokers: 1 }).filter(({ topic }) =>
    topics.includes(topic),
  )
  const found = await admin.describeTopics(topics)
  const fatal = differences(wanted, found).filter((difference) => difference.fatal)
  if (fatal.length > 0) throw failure(fatal)
}

/** One error that tells all differences. */
export function failure(found: readonly Difference[]): CrosspointError {
  const missing = found.filter(({ what }) => what === 'missing')
  if (missing.length > 0) {
    const names = missing.map(({ topic }) => topic).join(', ')
    return new CrosspointError('XP_TOPIC_MISSING', `not on the brokers: ${names}`)
  }
  const partitions = found.some(({ what }) => what === 'partitions')
  return new CrosspointError('XP_TOPIC_MISMATCH', found.map(sentence).join('; '), {
    remedy: partitions
      ? 'Set CALL_PARTITIONS to what the topics have; partitions can not be changed in place.'
      : 'The records in it carry no append times: use another TOPIC_PREFIX, or delete the topic, then run `crosspoint topics apply`.',
  })
}

export function sentence({ topic, what, wanted, found }: Difference): string {
  return what === 'missing' ? `${topic} is missing` : `${topic}: ${what} is ${found}, not ${wanted}`
}
