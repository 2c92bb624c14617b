/**
 * A client in another language that has nothing but the brokers, the registry and the names of the
 * topics, and whose producer does not use murmur2: it gets its decision and reads why.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { fetchJars } from '../../infra/embedded/artifacts.ts'
import { findJava } from '../../infra/embedded/jvm.ts'
import { openWorld, type Service, type World } from './world/world.ts'

const HERE = join(import.meta.dirname, 'foreign')
const JAVA_TIMEOUT_MS = 90_000
const TOLD = z.object({
  callId: z.string(),
  partition: z.number(),
  usualPartition: z.number(),
  target: z.string(),
  trigger: z.string(),
  decisionId: z.string(),
  fallbackOf: z.string(),
  sentence: z.string(),
})

let world: World
let router: Service
let told: z.infer<typeof TOLD>

async function runForeign(): Promise<z.infer<typeof TOLD>> {
  const [java, jars] = await Promise.all([
    findJava(process.env),
    fetchJars(join(HERE, 'pom.xml'), process.env, () => undefined),
  ])
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, TOPIC_PREFIX } = world.settings
  const addresses = [KAFKA_BROKERS.join(','), SCHEMA_REGISTRY_URL, TOPIC_PREFIX]
  const { stdout } = await promisify(execFile)(
    java,
    ['-cp', join(jars, 'jars', '*'), join(HERE, 'Foreign.java'), ...addresses, 'foreign-call'],
    { timeout: JAVA_TIMEOUT_MS },
  )
  return TOLD.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

beforeAll(async () => {
  world = await openWorld()
  // No enricher answers: the deadline decides, and every dependency leaves a reason.
  router = await world.start('router')
  told = await runForeign()
})
afterAll(() => world[Symbol.asyncDispose]())

it('gets the decision of a call it published, and reads the reason it went there', () => {
  expect(told).toMatchObject({ target: 'general', trigger: 'DEADLINE' })
  expect(told.fallbackOf).toBe(told.decisionId)
  expect(told.sentence).toMatch(/gave nothing within \d+ ms|Schedule not known after \d+ ms/)
})

it('is decided in the partition its own producer chose, and the difference is counted', async () => {
  expect(told.partition).not.toBe(told.usualPartition)
  const { record, value } = await world.decisionOf(told.callId)
  expect(record.partition).toBe(told.partition)
  expect(value.decisionId).toBe(told.decisionId)
  const page = await router.metrics()
  expect(page).toMatch(/^crosspoint_partition_mismatch_total\S* 1$/m)
})
