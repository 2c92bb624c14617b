/**
 * Every error a person or a program may meet, by its stable code. docs/errors.md lists the same codes
 * and a test holds the two together.
 */

interface ErrorSpec {
  /** What is wrong, in general. */
  readonly means: string
  /** What to do about it. */
  readonly remedy: string
}

export const ERRORS = {
  XP_AUDIT_CALL_UNKNOWN: {
    means: 'The audit topics say nothing of a call.',
    remedy:
      'Check the call id and TOPIC_PREFIX; a decision reaches the audit within about a second.',
  },
  XP_AUDIT_EMPTY: {
    means: 'There is nothing to check in a range.',
    remedy: 'Give another range; check KAFKA_BROKERS and TOPIC_PREFIX.',
  },
  XP_CALL_UNDECIDED: {
    means: 'A call that was placed by hand got no decision while it was waited for.',
    remedy:
      'See whether a router runs and is ready, with the same KAFKA_BROKERS and TOPIC_PREFIX; `crosspoint audit show` tells when it is decided later.',
  },
  XP_DLT_REFUSED: {
    means: 'A dead letter can not go back to where it came from without doing harm.',
    remedy: 'Leave it: whoever waited for it has been served. The message says why.',
  },
  XP_DLT_UNKNOWN: {
    means: 'There is no such dead letter.',
    remedy: 'Take its name from `crosspoint dlt list`; dead letters are kept 14 days.',
  },
  XP_DUCKDB_MISSING: {
    means: 'The DuckDB library could not be loaded.',
    remedy: 'Install the npm packages for this machine; or export as jsonl or csv.',
  },
  XP_EXPORT_FOLDER: {
    means: 'The folder of an export can not be used.',
    remedy: 'Name a new folder, or one that `crosspoint audit export` made and nobody writes now.',
  },
  XP_EXPORT_OTHER: {
    means: 'The folder holds an export of another range, format or cluster.',
    remedy: 'Give the options it was begun with, or another folder.',
  },
  XP_EXPORT_STATE: {
    means: 'The state of an export can not be read.',
    remedy: 'Restore export.json, or remove the folder and export again.',
  },
  XP_SQL_REFUSED: {
    means: 'A query is not valid, or does more than read.',
    remedy: 'Give one SELECT over the tables; docs/export.md tells their columns.',
  },
  XP_WHAT_IF_SOURCE: {
    means: 'A folder holds no recordings that can be decided again.',
    remedy: 'Write one with `crosspoint audit export --format jsonl --out FOLDER`.',
  },
  XP_WHAT_IF_EMPTY: {
    means: 'There is no recorded decision in the range.',
    remedy: 'Check TOPIC_PREFIX and --from; a decision reaches the audit within about a second.',
  },
  XP_RECORD_EMPTY: {
    means: 'A record has no value.',
    remedy: 'Mend the producer: every crosspoint topic carries a value.',
  },
  XP_RECORD_UNREADABLE: {
    means: 'The bytes of a record are not the record its topic carries.',
    remedy:
      'Mend the producer: Confluent wire format, Avro, the schema of subject `<topic>-value`.',
  },
  XP_RECORD_INVALID: {
    means: 'A value does not fit its schema.',
    remedy: 'This is a mistake in crosspoint: report it with the field the message names.',
  },
  XP_RECORD_KEY_MISMATCH: {
    means: "A record's key is missing or is not the call id its value names.",
    remedy: 'Mend the producer: the key is the call id in UTF-8.',
  },
  XP_SCHEMA_UNKNOWN: {
    means: 'The registry has no schema with the id a record names.',
    remedy: 'Register the schema with this registry, or point the producer at it.',
  },
  XP_BROKER_UNREACHABLE: {
    means: 'No Kafka broker answered.',
    remedy: 'Check KAFKA_BROKERS, that the brokers run, and that KAFKA_SSL fits their listener.',
  },
  XP_BROKER_AUTH: {
    means: 'The Kafka brokers refuse this user, or this user may not do what was asked.',
    remedy: 'Check the KAFKA_SASL_ settings and the access rights of this user.',
  },
  XP_BROKER_TLS: {
    means: 'The TLS handshake with a Kafka broker failed.',
    remedy:
      'Check the KAFKA_SSL settings: the certificate authority, the name in the certificate, the listener.',
  },
  XP_BROKER_FAILED: {
    means: 'The Kafka brokers answered a request with an error.',
    remedy: 'Read the message; the broker log says more.',
  },
  XP_TOPIC_MISSING: {
    means: 'A topic does not exist on the brokers.',
    remedy: 'Create it with `crosspoint topics apply`; check TOPIC_PREFIX.',
  },
  XP_TOPIC_MISMATCH: {
    means: 'A topic on the brokers is not made as crosspoint needs it.',
    remedy:
      'See the differences with `crosspoint topics diff`, mend them with `crosspoint topics apply`.',
  },
  XP_RECORD_TOO_LARGE: {
    means: 'A record is larger than its topic accepts.',
    remedy: 'Write a smaller record, or raise max.message.bytes of the topic.',
  },
  XP_PRODUCE_FAILED: {
    means: 'A record could not be appended within its time; it may have been appended or not.',
    remedy: 'See whether the leader of its partition and enough in-sync replicas run.',
  },
  XP_COMMIT_STALE: {
    means: 'The member that wanted to commit no longer holds the partitions it named.',
    remedy: 'Nothing: whoever holds them now goes on from the last commit.',
  },
  XP_OFFSET_OUT_OF_RANGE: {
    means: 'The record to read next is no longer kept, or the log was cut behind it.',
    remedy:
      'Seek to an offset that exists; compare retention with how long the reader stood still.',
  },
  XP_CONSUMER_FAILED: {
    means: 'Reading in a consumer group failed and is begun anew.',
    remedy: 'Nothing if it passes; else read the message and the broker log.',
  },
  XP_BATCH_UNREADABLE: {
    means:
      'A batch of records is corrupt or unpacks to more than 64 MiB or 250000 records; its offsets were passed unread.',
    remedy:
      'Have its producer send the records again, in batches that are whole and smaller unpacked.',
  },
  XP_CODEC_UNSUPPORTED: {
    means: 'A producer compresses its records in a way that can not be read here.',
    remedy: 'Let the producer use none, gzip, snappy, lz4 or zstd.',
  },
  XP_CLOSED: {
    means: 'Something was asked of a client that is closed.',
    remedy: 'This is a mistake in crosspoint: report it with the message.',
  },
  XP_POLICY_FILE: {
    means: 'The policy file can not be read.',
    remedy:
      'Check the path and POLICY_FILE, and that the file is UTF-8 text within the size limit.',
  },
  XP_POLICY_SYNTAX: {
    means: 'A policy is not valid YAML.',
    remedy: 'Mend the YAML at the place named.',
  },
  XP_POLICY_SHAPE: {
    means: 'A policy has a key or a value that its language does not know.',
    remedy: 'Compare with schemas/policy.schema.json; an editor that knows it marks the place.',
  },
  XP_POLICY_LIMIT: {
    means: 'A policy is larger than what is evaluated for every call.',
    remedy: 'Split or simplify the policy.',
  },
  XP_POLICY_NAME: {
    means: 'A policy names something that it does not declare, or declares a name twice.',
    remedy: 'Declare the name, or use one that is declared.',
  },
  XP_POLICY_TYPE: {
    means: 'A fact is compared with, or replaced by, a value of another type.',
    remedy: 'Use a value of the type the fact is declared with.',
  },
  XP_POLICY_AUDIT: {
    means: 'A rule or route reads a value that records do not keep in clear.',
    remedy: 'Give the value audit class `keep`, or test a `token` only with `known`.',
  },
  XP_POLICY_FALLBACK: {
    means:
      'A dependency can end in a way for which the policy declares no fallback, or never uses one.',
    remedy: 'Declare a fallback for each way a dependency can fail, and remove those never used.',
  },
  XP_POLICY_RULE: {
    means: 'A rule can never decide a call.',
    remedy: 'Mend its condition, move it up, or remove it.',
  },
  XP_POLICY_MARGIN: {
    means: 'The window, the timeouts and the margins of a policy do not leave room for each other.',
    remedy: 'Keep timeout + enricherMs ≤ window and enricherMs ≥ publishMs ≥ backupMs.',
  },
  XP_POLICY_NEEDS: {
    means: 'A dependency waits for a fact in a way that can not be served.',
    remedy: 'Let it need one fact of a dependency that needs nothing itself.',
  },
  XP_POLICY_NOTICE: {
    means: 'A policy would govern calls before all services can have read it.',
    remedy: 'Publish it with an active-from at least 6 seconds after now, in broker time.',
  },
  XP_POLICY_MISLABELLED: {
    means: 'A published policy is not the text, or not of the name, that its record says.',
    remedy: 'Publish with `crosspoint policy publish`, which names a policy by its text.',
  },
  XP_POLICY_VERSIONS: {
    means: 'More policies were published in two days than services remember.',
    remedy: 'Publish fewer; wait until older ones are two days out of force.',
  },
  XP_POLICY_UNKNOWN: {
    means: 'No policy of this version was ever in force or published.',
    remedy: 'Take a version from `crosspoint policy versions`.',
  },
  XP_POLICY_CALENDAR: {
    means: 'Opening hours are not valid.',
    remedy: 'Use an IANA time zone, and times from 00:00 to 24:00 that end after they begin.',
  },
  XP_SCENARIO_FILE: {
    means: 'A scenario file is not valid.',
    remedy: 'Mend the file at the place named.',
  },
  XP_SCENARIO_FAILED: {
    means: 'A policy does not give what a scenario expects.',
    remedy: 'Mend the policy, or the scenario if the policy is right.',
  },
  XP_CONNECTOR_FILE: {
    means: 'The connectors file can not be read.',
    remedy: 'Check the path and CONNECTORS_FILE.',
  },
  XP_CONNECTOR_SYNTAX: {
    means: 'The connectors file is not valid YAML.',
    remedy: 'Mend the YAML at the place named.',
  },
  XP_CONNECTOR_SHAPE: {
    means: 'The connectors file has a key or a value that its language does not know.',
    remedy: 'Compare with policy/connectors.yaml.',
  },
  XP_CONNECTOR_LIMIT: {
    means: 'The connectors file is larger than any deployment needs.',
    remedy: 'Look what is in it, or split it by dependency.',
  },
  XP_CONNECTOR_MISSING: {
    means: 'The connectors file does not say how a dependency is reached.',
    remedy: 'Add a connector of the name the policy uses.',
  },
  XP_CONNECTOR_ENV: {
    means: 'A connector takes a value from the environment that is not there.',
    remedy: 'Set the variable named, or write ${env:NAME:-default} where a default is safe.',
  },
  XP_CONNECTOR_MAPPING: {
    means: 'A connector asks with, or maps to, something that does not exist.',
    remedy: 'Use inputs of the call, JMESPath that is valid, and facts that the policy declares.',
  },
  XP_DEPENDENCY_UNKNOWN: {
    means: 'The policy has no dependency of this name.',
    remedy: 'Use a name that the policy declares under `dependencies`.',
  },
  XP_OVERRIDE_INVALID: {
    means: 'An override names a fact, a value or a time that can not be.',
    remedy: 'Use facts of the policy with values of their type, and an expiry like 30m, 2h or 1d.',
  },
  XP_SETTING_INVALID: {
    means: 'A setting in the environment is missing or is not what it may be.',
    remedy: 'Set the variables named; docs/configuration.md lists all of them.',
  },
  XP_PORT_TAKEN: {
    means: 'A port to listen on is in use, or may not be opened.',
    remedy: 'Choose another HTTP_PORT (0 takes any free one), or stop the program that holds it.',
  },
  XP_REGISTRY_UNREACHABLE: {
    means: 'The schema registry did not answer.',
    remedy: 'Check SCHEMA_REGISTRY_URL and that the registry runs.',
  },
  XP_REGISTRY_AUTH: {
    means: 'The schema registry refuses this user.',
    remedy: 'Check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD.',
  },
  XP_REGISTRY_FAILED: {
    means: 'The schema registry answered something that is not its interface.',
    remedy:
      'Let SCHEMA_REGISTRY_URL name the Confluent-compatible interface (Apicurio: /apis/ccompat/v7).',
  },
  XP_SCHEMA_MISSING: {
    means: 'The schema of a topic is not registered.',
    remedy: 'Register the schemas with `crosspoint schemas apply`; check TOPIC_PREFIX.',
  },
  XP_SCHEMA_INCOMPATIBLE: {
    means: 'A schema can not be read with, or can not read, an earlier version of itself.',
    remedy: 'Only add fields with defaults and symbols to enums that have one; never rename.',
  },
  XP_INTERNAL: {
    means: 'Something happened that crosspoint does not know.',
    remedy: 'This is a mistake in crosspoint: report it with the message.',
  },
  XP_JAVA_MISSING: {
    means: 'The embedded cluster needs Java 17 or newer, and there is none on the PATH.',
    remedy: 'Install a Java 17 runtime, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
  },
  XP_MAVEN_MISSING: {
    means: 'The embedded cluster is fetched by Maven, and there is no `mvn` on the PATH.',
    remedy: 'Install Maven 3.8 or newer, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
  },
  XP_ARTIFACTS_FAILED: {
    means: 'Maven could not fetch the embedded cluster.',
    remedy: 'Read what Maven says; check the network and the mirrors in ~/.m2/settings.xml.',
  },
  XP_CLUSTER_FAILED: {
    means: 'A part of the embedded cluster did not start.',
    remedy: 'Read the tail of its log in the message.',
  },
  XP_NO_KAFKA: {
    means: 'There is no Kafka to work with.',
    remedy:
      'Set KAFKA_BROKERS and SCHEMA_REGISTRY_URL; or install Java 17 and Maven; or start Docker.',
  },
  XP_PROGRAM_FAILED: {
    means: 'A program of a deployment on this machine ended by itself or did not become ready.',
    remedy: 'Read the end of its log in the message; see whether the machine has memory left.',
  },
  XP_CHAOS_STUCK: {
    means: 'What a fault scenario waited for did not come to pass.',
    remedy: 'Read what it waited for; the logs of the run say what its services did meanwhile.',
  },
  XP_USAGE: {
    means: 'A command line is wrong.',
    remedy: 'Read `crosspoint <command> --help`.',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

/** Where in a file a mistake stands; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/**
 * An error with a stable code. `message` says what is wrong here; `remedy` what to do, taken from the
 * table unless the thrower knows better.
 */
export class CrosspointError extends Error {
  readonly code: ErrorCode
  readonly remedy: string
  readonly place: Place | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy?: string; place?: Place; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'CrosspointError'
    this.code = code
    this.remedy = options.remedy ?? ERRORS[code].remedy
    this.place = options.place
  }
}

/** Several errors found together, all of them told at once: one place to mend after the other. */
export class CrosspointErrors extends CrosspointError {
  readonly errors: readonly CrosspointError[]

  constructor(errors: readonly [CrosspointError, ...CrosspointError[]]) {
    const [first] = errors
    const options = { remedy: first.remedy, ...(first.place && { place: first.place }) }
    super(first.code, errors.map((error) => error.message).join('\n'), options)
    this.name = 'CrosspointErrors'
    this.errors = errors
  }
}
