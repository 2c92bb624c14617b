/**
 * A deployment of its own for one test file, on the run's shared cluster: topics and schemas under a
 * fresh prefix, the systems of record in this process, the services as processes of their own, and a
 * witness of all topics. Everything ends with it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGroundTruth, type GroundTruth } from '../../../infra/stubs/ground-truth.ts'
import { createPeople, type People } from '../../../infra/stubs/people.ts'
import { FREE_PORTS, startStubs, type Stubs } from '../../../infra/stubs/stubs.ts'
import type { CallArrived } from '../../../schemas/records.ts'
import { connect } from '../../../services/local/connect.ts'
import { type Child, metricsOf, startChild, whenReady } from '../../../services/local/processes.ts'
import type { Program } from '../../../services/local/processes.ts'
import { addressesOf } from '../../../services/local/systems.ts'
import { prepareTopics } from '../../../services/local/topics.ts'
import { partitionOf } from '../../../services/domain/murmur2.ts'
import { HEADER } from '../../../services/domain/request.ts'
import type { Codec, LogClient, LogProducer } from '../../../services/platform/ports.ts'
import { parseSettings, type Settings } from '../../../services/platform/settings.ts'
import { freshPrefix, sharedCluster } from '../../cluster.ts'
import { type Callers, createCallers, lineOf } from './callers.ts'
import { type Seen, watchTopics, type Witness } from './witness.ts'
import { callArrived } from '../../records.ts'

type Environment = Readonly<Record<string, string>>

/** A service that runs; one killed on purpose is started again with `start`. */
export interface Service extends Program {
  readonly child: Child
  /** Kills it without a word and waits until it is gone. */
  kill(): Promise<void>
  metrics(): Promise<string>
}

export interface Sent {
  readonly callId: string
  readonly requestNo: number
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

interface Sending {
  /** Another partition than murmur2 of the key gives. */
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface World extends AsyncDisposable {
  readonly environment: Environment
  readonly settings: Settings
  readonly client: LogClient
  readonly codec: Codec
  readonly producer: LogProducer
  readonly people: People
  readonly callers: Callers
  readonly stubs: Stubs
  readonly truth: GroundTruth
  readonly witness: Witness
  /** Every arrival that the brokers acknowledged. */
  readonly sent: readonly Sent[]
  /** Starts `router`, `enricher crm` and so on; resolves when it is ready. */
  start(command: string, environment?: Environment): Promise<Service>
  /** The same without waiting. */
  launch(command: string, environment?: Environment): Child
  /** Runs a command of the program to its end; rejects when it fails. */
  crosspoint(...args: readonly string[]): Promise<void>
  /** Publishes an arrival; what is not given is that of a plain call on the service line. */
  arrive(call: Partial<CallArrived>, how?: Sending): Promise<Sent>
  /** The decision that counts: the first of this request. */
  decisionOf(callId: string, requestNo?: number): Promise<Seen<'call.routed'>>
}

export interface WorldOptions {
  readonly partitions?: number
  /** Where the registry answers, if not at the cluster's own address. */
  readonly registryUrl?: string
}

const ROOT = join(import.meta.dirname, '..', '..', '..')
export const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
const START_TIMEOUT_MS = 60_000
const SEED = 7
const PARTITIONS = 4
const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const

function basics(prefix: string, { partitions = PARTITIONS, registryUrl }: WorldOptions) {
  const cluster = sharedCluster()
  return {
    KAFKA_BROKERS: cluster.brokers,
    SCHEMA_REGISTRY_URL: registryUrl ?? cluster.registryUrl,
    TOPIC_PREFIX: prefix,
    CALL_PARTITIONS: String(partitions),
    TOKEN_KEY: randomBytes(32).toString('base64url'),
    POLICY_FILE: join(ROOT, 'policy', 'policy.yaml'),
    CONNECTORS_FILE: join(ROOT, 'policy', 'connectors.yaml'),
    HTTP_PORT: '0',
    LOG_TO: 'stderr',
  }
}

const { callId: _, ...plainCall } = callArrived({ ani: null, dnis: lineOf('service') })
export const PLAIN_CALL: Omit<CallArrived, 'callId'> = plainCall

/** The processes of one world, with their logs in one folder. */
function createProcesses(shared: Environment, folder: string) {
  const children: Child[] = []
  const ending = new AbortController()
  const launch = (command: string, environment: Environment = {}): Child => {
    const name = `${command.replaceAll(/[^\w]+/gu, '-').slice(0, 40)}-${children.length}`
    const child = startChild({
      name,
      command: CROSSPOINT,
      args: command.split(' '),
      environment: { ...process.env, ...shared, INSTANCE_ID: name, ...environment },
      folder,
      startTimeoutMs: START_TIMEOUT_MS,
      signal: ending.signal,
    })
    children.push(child)
    return child
  }
  return {
    launch,
    run: (args: readonly string[]): Promise<void> =>
      startChild({
        name: `command-${args[0]}-${children.length}`,
        command: CROSSPOINT,
        args,
        environment: { ...process.env, ...shared },
        folder,
        startTimeoutMs: START_TIMEOUT_MS,
        signal: ending.signal,
      }).ended,
    async start(command: string, environment?: Environment): Promise<Service> {
      const child = launch(command, environment)
      const program = await whenReady(child)
      return {
        ...program,
        child,
        metrics: () => metricsOf(program),
        async kill() {
          child.kill('SIGKILL')
          await child.ended.catch(() => undefined)
        },
      }
    },
    async stop(): Promise<void> {
      ending.abort()
      await Promise.all(children.map((child) => child.stop()))
    },
  }
}

/** Opens a world without services; use with `await using`, or dispose of it in `afterAll`. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const people = createPeople(SEED)
  const truth = createGroundTruth()
  const stubs = await startStubs({
    host: '127.0.0.1',
    ports: FREE_PORTS,
    people,
    seed: SEED,
    pace: 'instant',
    truth,
    priorityDatabaseUrl: null,
  })
  stack.defer(() => stubs.close())
  const environment = { ...basics(freshPrefix(), options), ...addressesOf(stubs) }
  const settings = parseSettings(environment)
  await prepareTopics(settings)
  const { client, codec } = await connect(settings, 'test', stack)
  const producer = await client.producer('test')
  stack.defer(() => producer.close(1000))
  const witness = watchTopics(client, codec)
  stack.defer(() => witness.stop())
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-integration-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const processes = createProcesses(environment, folder)
  stack.defer(() => processes.stop())
  const sent: Sent[] = []
  const running = stack.move()

  return {
    environment,
    settings,
    client,
    codec,
    producer,
    people,
    callers: createCallers(people),
    stubs,
    truth,
    witness,
    sent,
    start: (command, own) => processes.start(command, own),
    launch: (command, own) => processes.launch(command, own),
    crosspoint: (...args) => processes.run(args),
    async arrive(given, how = {}) {
      const callId = given.callId ?? `call-${randomBytes(6).toString('hex')}`
      const call = { ...PLAIN_CALL, callId, ...given }
      const { requestNo } = call
      const usual = partitionOf(Buffer.from(callId), settings.CALL_PARTITIONS)
      const partition = how.partition ?? usual
      const { offset, appendedAt } = await producer.append({
        topic: 'call.arrived',
        partition,
        key: callId,
        value: codec.encode('call.arrived', call),
        headers: { [HEADER.requestNo]: String(requestNo), ...how.headers },
      })
      const one = { callId, requestNo, partition, offset, appendedAt }
      sent.push(one)
      return one
    },
    decisionOf: (callId, requestNo = 1) =>
      witness.first(
        `the decision of ${callId}`,
        'call.routed',
        (value) => value.callId === callId && value.requestNo === requestNo,
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The router and all enrichers, started together. */
export async function startServices(world: World): Promise<ReadonlyMap<string, Service>> {
  const commands = ['router', ...DEPENDENCIES.map((name) => `enricher ${name}`)]
  const services = await Promise.all(commands.map((command) => world.start(command)))
  return new Map(commands.map((command, index) => [command, services[index] as Service]))
}
