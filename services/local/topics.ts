/** The topics and schemas of a deployment on this machine. */
import { connectAdmin } from '../platform/kafka/admin.ts'
import { kafkaOptions, registryOptions } from '../platform/kafka-options.ts'
import { connectRegistry } from '../platform/registry.ts'
import { applySchemas } from '../platform/schemas/apply.ts'
import type { Settings } from '../platform/settings.ts'
import { wantedTopics } from '../platform/topics/plan.ts'
import { failure, findDifferences } from '../platform/topics/verify.ts'

/** Creates what is missing. Throws XP_TOPIC_MISMATCH before it changes anything that is unfit. */
export async function prepareTopics(settings: Settings): Promise<void> {
  const admin = await connectAdmin(kafkaOptions(settings, 'topics'))
  const registry = connectRegistry(registryOptions(settings))
  try {
    const { deployment, differences } = await findDifferences(admin, settings.CALL_PARTITIONS)
    const broken = differences.filter(({ fatal, mendable }) => fatal && !mendable)
    if (broken.length > 0) throw failure(broken)
    await Promise.all([
      admin.createTopics(wantedTopics(deployment)),
      applySchemas(registry, settings.TOPIC_PREFIX),
    ])
  } finally {
    await Promise.all([admin.close(), registry.close()])
  }
}

/** Removes every topic of a deployment, with all they hold. */
export async function removeTopics(settings: Settings): Promise<void> {
  const admin = await connectAdmin(kafkaOptions(settings, 'topics'))
  try {
    const { deployment } = await findDifferences(admin, settings.CALL_PARTITIONS)
    await admin.deleteTopics(wantedTopics(deployment).map(({ topic }) => topic))
  } finally {
    await admin.close()
  }
}
