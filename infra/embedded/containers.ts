/**
 * Kafka and the registry as containers, for a machine with Docker and without Java. The library that
 * drives Docker is a development dependency and loaded only here.
 */
import { reservePorts } from './ports.ts'

export interface Containers {
  readonly brokers: string
  readonly registryUrl: string
  stop(): Promise<void>
}

/** Same versions as docker-compose.yml and, for Kafka, pom.xml. */
const KAFKA_IMAGE = 'apache/kafka:4.3.1'
const REGISTRY_IMAGE = 'apicurio/apicurio-registry:3.0.9'
const REGISTRY_PORT = 8080
const START_TIMEOUT_MS = 180_000

/** Starts both, or returns undefined when the library or a Docker daemon is not there. */
export async function startContainers(): Promise<Containers | undefined> {
  const library = await import('testcontainers').catch(() => undefined)
  if (library === undefined) return undefined
  const engine = await library.getContainerRuntimeClient().catch(() => undefined)
  if (engine === undefined) return undefined
  const { GenericContainer, Wait } = library
  const [port = 0] = await reservePorts([0])
  // Clients are told the advertised port, so the one outside must be the one inside.
  const kafka = new GenericContainer(KAFKA_IMAGE)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(kafkaEnvironment(port))
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(START_TIMEOUT_MS)
  const registry = new GenericContainer(REGISTRY_IMAGE)
    .withExposedPorts(REGISTRY_PORT)
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', REGISTRY_PORT))
    .withStartupTimeout(START_TIMEOUT_MS)
  const [broker, schemas] = await Promise.all([kafka.start(), registry.start()])
  const schemasAt = `${schemas.getHost()}:${schemas.getMappedPort(REGISTRY_PORT)}`
  return {
    brokers: `localhost:${port}`,
    registryUrl: `http://${schemasAt}/apis/ccompat/v7`,
    async stop() {
      await Promise.all([broker.stop(), schemas.stop()])
    },
  }
}

function kafkaEnvironment(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://localhost:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE: 'LogAppendTime',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  }
}
