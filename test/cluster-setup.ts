/**
 * Global set-up of the tiers that need Kafka: one single-broker cluster for the whole run, on free ports,
 * or the one that KAFKA_BROKERS and SCHEMA_REGISTRY_URL name. Tiers run in one process and share it.
 */
import process from 'node:process'
import type { TestProject } from 'vitest/node'
import { type KafkaSource, findKafka } from '../infra/embedded/source.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: { readonly brokers: string; readonly registryUrl: string }
  }
}

interface Shared {
  source: Promise<KafkaSource>
  users: number
}

// Each tier loads this module anew, so what they share hangs on the process's global object.
const KEY = Symbol.for('crosspoint.test.cluster')
const global = globalThis as { [KEY]?: Shared | undefined }

export async function setup(project: TestProject): Promise<void> {
  const shared = (global[KEY] ??= { source: findKafka(process.env), users: 0 })
  shared.users += 1
  const { brokers, registryUrl } = await shared.source
  project.provide('cluster', { brokers, registryUrl })
}

export async function teardown(): Promise<void> {
  const shared = global[KEY]
  if (shared === undefined) return
  shared.users -= 1
  if (shared.users > 0) return
  global[KEY] = undefined
  await (await shared.source).stop()
}
