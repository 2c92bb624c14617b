/** The broker that all are measured on, and its logs, kept where their sizes can be read. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { startCluster } from '../../infra/embedded/cluster.ts'
import { openRunFolder } from '../../infra/embedded/run-folder.ts'
import type { Watched } from './measure/processes.ts'

export interface BenchCluster extends AsyncDisposable {
  readonly brokers: string
  readonly registryUrl: string
  readonly broker: Watched
  /** Where the broker keeps its topics. */
  readonly logDir: string
  /** Deletes every topic whose name begins so, those that programs made for themselves as well. */
  removeTopics(prefix: string): Promise<void>
}

/** One broker with its optimising compiler: a measurement outlasts its start. */
export async function startBenchCluster(): Promise<BenchCluster> {
  const folder = openRunFolder()
  const dataDir = join(folder.path, 'broker')
  mkdirSync(dataDir, { recursive: true })
  // A run that is interrupted leaves nothing: its processes end with this one.
  process.once('exit', () => folder.remove())
  const cluster = await startCluster({
    brokers: 1,
    registry: true,
    jit: 'full',
    heapMb: 768,
    dataDir,
    // What was removed makes room at once, not after a minute.
    properties: { 'log.segment.delete.delay.ms': '1000' },
  })
  return {
    brokers: cluster.brokers,
    registryUrl: cluster.registryUrl,
    broker: { name: 'broker', pid: cluster.pid(1) ?? 0 },
    logDir: join(dataDir, 'node-1', 'log'),
    removeTopics: (prefix) => remove(cluster.brokers, prefix),
    async [Symbol.asyncDispose]() {
      await cluster.stop()
      folder.remove()
    },
  }
}

async function remove(brokers: string, prefix: string): Promise<void> {
  const { Kafka, logLevel } = kafkajs
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}
