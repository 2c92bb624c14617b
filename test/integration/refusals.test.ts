/**
 * What a person gets who starts a service with something wrong: one error with its code, where it is
 * and what to do; no stack trace, no hang, and nothing started. Exit code 2 for what was given wrongly.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../services/local/nursery.ts'
import { prepareTopics } from '../../services/local/topics.ts'
import { connectAdmin } from '../../services/platform/kafka/admin.ts'
import { kafkaOptions } from '../../services/platform/kafka-options.ts'
import { parseSettings } from '../../services/platform/settings.ts'
import { wantedTopics } from '../../services/platform/topics/plan.ts'
import { freshPrefix, sharedCluster } from '../cluster.ts'
import { CROSSPOINT } from './world/world.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const scratch = mkdtempSync(join(tmpdir(), 'crosspoint-refusals-'))
const HANGS_MS = 40_000

interface Ended {
  readonly code: number | null
  readonly err: string
  readonly errors: readonly string[]
}

let good: Environment
beforeAll(async () => {
  const { brokers, registryUrl } = sharedCluster()
  good = {
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: registryUrl,
    TOPIC_PREFIX: freshPrefix(),
    CALL_PARTITIONS: '2',
    TOKEN_KEY: 'a'.repeat(40),
    POLICY_FILE: join(ROOT, 'policy', 'policy.yaml'),
    CONNECTORS_FILE: join(ROOT, 'policy', 'connectors.yaml'),
    LOG_LEVEL: 'warn',
    START_TIMEOUT_MS: '3000',
  }
  await prepareTopics(parseSettings(good))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Runs a command to its end; one that does not end is killed and has no code. */
function run(command: string, environment: Environment = {}): Promise<Ended> {
  const env = { ...process.env, ...good, ...environment }
  return new Promise((resolve) => {
    const options = { env, timeout: HANGS_MS, killSignal: 'SIGKILL' as const }
    const child = execFile(CROSSPOINT, command.split(' '), options, (_error, _out, err) => {
      const errors = err.split('\n').filter((line) => line.startsWith('error XP_'))
      resolve({ code: child.exitCode, err, errors })
    })
  })
}

/** One error of this code, with what to do below it, and no word of code. */
function expectOne({ err, errors }: Ended, code: string): void {
  expect(errors, err).toHaveLength(1)
  expect(errors[0]).toContain(`error ${code}  `)
  expect(err).toMatch(/^error XP_\w+ {2}\S.*\n(?:\S.*\n)?(?: {2}\S.*\n)+$/m)
  expect(err).not.toMatch(/^\s+at .*\(|node:internal|\.ts:\d+:\d+\)/m)
}

/** Bad input is found before anything is opened: no line of a log, no connection. */
function expectNothingStarted({ err }: Ended): void {
  expect(err).not.toContain('"level"')
}

const fileOf = (name: string, text: string): string => {
  const file = join(scratch, name)
  writeFileSync(file, text)
  return file
}
const changed = (file: string, from: string, to: string): string => {
  const text = readFileSync(join(ROOT, 'policy', file), 'utf8')
  expect(text).toContain(from)
  return text.replace(from, to)
}

describe('what was given wrongly ends with code 2 and its place', () => {
  it.concurrent.each(['router', 'enricher crm'])('a wrong policy, %s', async (command) => {
    const name = `policy-${command.length}.yaml`
    const file = fileOf(name, changed('policy.yaml', 'target: senior', 'target: seniors'))
    const ended = await run(command, { POLICY_FILE: file })
    expect(ended.code).toBe(2)
    expectOne(ended, 'XP_POLICY_NAME')
    expect(ended.errors[0]).toMatch(new RegExp(`${name}:\\d+:\\d+: .*seniors`))
    expectNothingStarted(ended)
  })

  it.concurrent('a policy that is no YAML', async () => {
    const file = fileOf('broken.yaml', 'policy: [example\nrules:\n')
    const ended = await run('router', { POLICY_FILE: file })
    expect(ended.code).toBe(2)
    expect(ended.errors[0]).toMatch(/error XP_POLICY_SYNTAX {2}\S*broken\.yaml:\d+:\d+: /)
    expectNothingStarted(ended)
  })

  it.concurrent('a policy file that is not there', async () => {
    const ended = await run('router', { POLICY_FILE: join(scratch, 'nowhere.yaml') })
    expect(ended.code).toBe(2)
    expectOne(ended, 'XP_POLICY_FILE')
    expect(ended.errors[0]).toContain('nowhere.yaml')
  })

  it.concurrent('a wrong connectors file', async () => {
    const text = changed('connectors.yaml', 'customerId: id', 'customerNumber: id')
    const ended = await run('enricher crm', { CONNECTORS_FILE: fileOf('connectors.yaml', text) })
    expect(ended.code).toBe(2)
    expectOne(ended, 'XP_CONNECTOR_MAPPING')
    expect(ended.errors[0]).toMatch(/connectors\.yaml:\d+:\d+: .*customerNumber/)
    expectNothingStarted(ended)
  })

  it.concurrent('a dependency the policy does not have', async () => {
    const ended = await run('enricher crn crm biling')
    expectOne(ended, 'XP_DEPENDENCY_UNKNOWN')
    expect(ended.errors[0]).toContain("no dependency 'biling' or 'crn'; it has crm, billing")
    expect(ended.code).toBe(2)
    expectNothingStarted(ended)
  })

  it.concurrent.each(['router --fast', 'enricher', 'rooter', 'topics aply'])(
    'a wrong command line, %s',
    async (command) => {
      const ended = await run(command)
      expect(ended.code).toBe(2)
      expectOne(ended, 'XP_USAGE')
    },
  )

  it.concurrent('wrong values in the environment, all of them told at once', async () => {
    const ended = await run('router', { HTTP_PORT: 'eighty', LANE: 'middle' })
    expect(ended.code).toBe(2)
    expectOne(ended, 'XP_SETTING_INVALID')
    expect(ended.err).toContain('HTTP_PORT is "eighty"; allowed: 0 to 65535')
    expect(ended.err).toContain('LANE is "middle"; allowed: primary, backup')
    expectNothingStarted(ended)
  })

  it.concurrent('no key for tokens in production', async () => {
    const ended = await run('router', { TOKEN_KEY: '' })
    expect(ended.code).toBe(2)
    expectOne(ended, 'XP_SETTING_INVALID')
    expect(ended.errors[0]).toContain('TOKEN_KEY')
  })
})

/** A topic made differently than it must be, in a name space of its own. */
async function withTopic(
  change: (config: Record<string, string>) => Record<string, string>,
): Promise<Environment> {
  const environment = { ...good, TOPIC_PREFIX: freshPrefix() }
  const admin = await connectAdmin(kafkaOptions(parseSettings(environment), 'test'))
  const topics = wantedTopics({ callPartitions: 2, brokers: 1 }).map((topic) =>
    topic.topic === 'call.routed' ? { ...topic, configs: change({ ...topic.configs }) } : topic,
  )
  await admin.createTopics(topics)
  await admin.close()
  return environment
}

describe('what is wrong around a service is told and ends it', () => {
  it.concurrent('a port that is taken', async () => {
    const holder = createServer().listen({ host: '127.0.0.1', port: 0 })
    await new Promise((resolve) => void holder.once('listening', resolve))
    const address = holder.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const ended = await run('router', { HTTP_PORT: String(port) })
    holder.close()
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_PORT_TAKEN')
    expect(ended.errors[0]).toContain(`127.0.0.1:${port}`)
  })

  it.concurrent('brokers that nobody answers for', async () => {
    const ended = await run('router', { KAFKA_BROKERS: '127.0.0.1:9' })
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_BROKER_UNREACHABLE')
    expect(ended.errors[0]).toContain('127.0.0.1:9')
  })

  it.concurrent('a registry that stays away for the whole start', async () => {
    const ended = await run('router', { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/apis' })
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_REGISTRY_UNREACHABLE')
  })

  it.concurrent('topics that do not exist', async () => {
    const ended = await run('enricher crm', { TOPIC_PREFIX: freshPrefix() })
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_TOPIC_MISSING')
    expect(ended.errors[0]).toContain('call.arrived')
  })

  it.concurrent('topics with another partition count', async () => {
    const ended = await run('router', { CALL_PARTITIONS: '3' })
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_TOPIC_MISMATCH')
    expect(ended.err).toMatch(/partitions/)
  })

  it.concurrent("a topic with its producers' timestamps", async () => {
    const environment = await withTopic((configs) => ({
      ...configs,
      'message.timestamp.type': 'CreateTime',
    }))
    const ended = await run('router', environment)
    expect(ended.code).toBe(3)
    expectOne(ended, 'XP_TOPIC_MISMATCH')
    expect(ended.err).toMatch(/call\.routed.*message\.timestamp\.type/)
    expect(ended.err).toContain('CreateTime')
  })
})
