/** The simulated operator: publishes the planned policies. */
import type { MemoryClient } from '../../services/platform/memory/client.ts'
import { fullCodec } from './codecs.ts'
import { EDITIONS, policy, versionOf } from './policies.ts'
import type { Publication } from './plan.ts'
import type { World } from './world.ts'

export function runOperator(world: World, client: MemoryClient): void {
  const producing = client.producer('operator')
  const publish = async ({ edition, noticeMs }: Publication): Promise<void> => {
    const publishedAt = Math.floor(world.time.nowMs())
    const policyVersion = versionOf(edition)
    const value = fullCodec.encode('ops.policy', {
      policyVersion,
      policyName: policy.name,
      text: EDITIONS[edition],
      activeFrom: publishedAt + noticeMs,
      author: 'operator',
      reason: edition,
      publishedAt,
    })
    const producer = await producing
    await producer.append({ topic: 'ops.policy', partition: 0, key: policyVersion, value })
  }
  for (const publication of world.plan.publications) {
    world.time.at(world.startMs + publication.atMs, () => {
      world.note(`the operator publishes a policy: ${publication.edition}`)
      // Whether it was stored, and in time, is told by the topic.
      publish(publication).catch(() => {})
    })
  }
}
