/** Every setting in one table: name, meaning, default, what is allowed. */
import { hostname } from 'node:os'
import { z } from 'zod'
import { DEFAULT_CALL_PARTITIONS } from '../topology.ts'

export interface Setting<T> {
  readonly group: 'Kafka' | 'Schema registry' | 'Calls' | 'Process' | 'Privacy'
  readonly about: string
  /** What may stand there, for people. */
  readonly allowed: string
  /** As it would stand in the environment; null: no value is a value. */
  readonly fallback: string | null
  readonly secret?: true
  readonly parse: z.ZodType<T, string | null>
}

const absent = z.null()
const text = (pattern: RegExp) => z.string().regex(pattern)
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values)
const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/u)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
const list = (item: RegExp) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every((part) => item.test(part)))
const url = (protocols: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol))
const optional = <T>(parse: z.ZodType<T, string>) => z.union([absent, parse])
const anyText = text(/^.{1,4096}$/su)
/** A whole module's type hangs on the table: this keeps each entry's own value type. */
const setting = <T>(entry: Setting<T>): Setting<T> => entry

export const SETTINGS = {
  KAFKA_BROKERS: setting({
    group: 'Kafka',
    about: 'Brokers to begin with; any of the cluster will do.',
    allowed: 'host:port, several separated by commas',
    fallback: '127.0.0.1:9092',
    parse: list(/^[^\s:,]+:\d{1,5}$/u),
  }),
  KAFKA_SSL: setting({
    group: 'Kafka',
    about: 'Speak TLS to the brokers.',
    allowed: 'true, false',
    fallback: 'false',
    parse: flag,
  }),
  KAFKA_SSL_CA_FILE: setting({
    group: 'Kafka',
    about: "Certificate authority of the brokers, where it is not one of the system's.",
    allowed: 'path of a PEM file',
    fallback: null,
    parse: optional(anyText),
  }),
  KAFKA_SSL_CERT_FILE: setting({
    group: 'Kafka',
    about: 'Certificate to show to the brokers.',
    allowed: 'path of a PEM file',
    fallback: null,
    parse: optional(anyText),
  }),
  KAFKA_SSL_KEY_FILE: setting({
    group: 'Kafka',
    about: 'Key of that certificate.',
    allowed: 'path of a PEM file',
    fallback: null,
    parse: optional(anyText),
  }),
  KAFKA_SASL_MECHANISM: setting({
    group: 'Kafka',
    about: 'How to log in to the brokers.',
    allowed: 'none, plain, scram-sha-256, scram-sha-512',
    fallback: 'none',
    parse: oneOf(['none', 'plain', 'scram-sha-256', 'scram-sha-512']),
  }),
  KAFKA_SASL_USERNAME: setting({
    group: 'Kafka',
    about: 'User to log in as.',
    allowed: 'text; needed with KAFKA_SASL_MECHANISM',
    fallback: null,
    parse: optional(anyText),
  }),
  KAFKA_SASL_PASSWORD: setting({
    group: 'Kafka',
    about: 'Password of that user.',
    allowed: 'text; needed with KAFKA_SASL_MECHANISM',
    fallback: null,
    secret: true,
    parse: optional(anyText),
  }),
  TOPIC_PREFIX: setting({
    group: 'Kafka',
    about: 'Put in front of every topic, group and subject: separates environments.',
    allowed: 'letters, digits, dot, dash, underscore; may be empty',
    fallback: '',
    parse: text(/^[\w.-]{0,100}$/u),
  }),
  CALL_PARTITIONS: setting({
    group: 'Kafka',
    about: 'Partitions of every call and audit topic. Fixed for the life of a deployment.',
    allowed: '1 to 1000',
    fallback: String(DEFAULT_CALL_PARTITIONS),
    parse: integer(1, 1000),
  }),
  SCHEMA_REGISTRY_URL: setting({
    group: 'Schema registry',
    about: 'Base address of the Confluent-compatible interface.',
    allowed: 'http or https address',
    fallback: 'http://127.0.0.1:8081/apis/ccompat/v7',
    parse: url(['http:', 'https:']),
  }),
  SCHEMA_REGISTRY_USERNAME: setting({
    group: 'Schema registry',
    about: 'User for basic authentication.',
    allowed: 'text',
    fallback: null,
    parse: optional(anyText),
  }),
  SCHEMA_REGISTRY_PASSWORD: setting({
    group: 'Schema registry',
    about: 'Password of that user.',
    allowed: 'text',
    fallback: null,
    secret: true,
    parse: optional(anyText),
  }),
  SCHEMA_REGISTRY_CA_FILE: setting({
    group: 'Schema registry',
    about: "Certificate authority of the registry, where it is not one of the system's.",
    allowed: 'path of a PEM file',
    fallback: null,
    parse: optional(anyText),
  }),
  SCHEMA_REGISTRY_TIMEOUT_MS: setting({
    group: 'Schema registry',
    about: 'Longest wait for one answer of the registry, milliseconds.',
    allowed: '100 to 60000',
    fallback: '3000',
    parse: integer(100, 60_000),
  }),
  POLICY_FILE: setting({
    group: 'Calls',
    about: 'The routing policy.',
    allowed: 'path of a YAML file',
    fallback: 'policy/policy.yaml',
    parse: anyText,
  }),
  CONNECTORS_FILE: setting({
    group: 'Calls',
    about: 'How enrichers reach the systems of record.',
    allowed: 'path of a YAML file',
    fallback: 'policy/connectors.yaml',
    parse: anyText,
  }),
  LANE: setting({
    group: 'Calls',
    about: 'What a router is: one of those that decide, or their backup.',
    allowed: 'primary, backup',
    fallback: 'primary',
    parse: oneOf(['primary', 'backup']),
  }),
  OPEN_REQUESTS_MAX: setting({
    group: 'Calls',
    about: 'Requests a router keeps open; beyond it the oldest is decided at once (CAPACITY).',
    allowed: '100 to 1000000',
    fallback: '50000',
    parse: integer(100, 1_000_000),
  }),
  MAX_CLOCK_SKEW_MS: setting({
    group: 'Calls',
    about: "Most that two brokers' clocks may differ, milliseconds.",
    allowed: '0 to 5000',
    fallback: '50',
    parse: integer(0, 5000),
  }),
  PRIORITY_DATABASE_URL: setting({
    group: 'Calls',
    about:
      'The priority database of the example; without it the demo starts a small one of its own.',
    allowed: 'postgres:// address',
    fallback: null,
    secret: true,
    parse: optional(url(['postgres:', 'postgresql:'])),
  }),
  CROSSPOINT_ENV: setting({
    group: 'Process',
    about: 'In development a missing TOKEN_KEY is made up for the run, with a warning.',
    allowed: 'production, development',
    fallback: 'production',
    parse: oneOf(['production', 'development']),
  }),
  INSTANCE_ID: setting({
    group: 'Process',
    about: 'Name of this process in records and logs; must differ from those of all others.',
    allowed: 'letters, digits, dot, dash, underscore, up to 100',
    fallback: '',
    parse: text(/^[\w.-]{0,100}$/u).transform((value) => value || defaultInstanceId()),
  }),
  HTTP_HOST: setting({
    group: 'Process',
    about: 'Address health and metrics listen on. The default is reached from this machine only.',
    allowed: 'IP address or host name',
    fallback: '127.0.0.1',
    parse: text(/^[\w.:-]{1,255}$/u),
  }),
  HTTP_PORT: setting({
    group: 'Process',
    about: 'Port of health and metrics; 0 takes any free one and the log says which.',
    allowed: '0 to 65535',
    fallback: '0',
    parse: integer(0, 65_535),
  }),
  LOG_LEVEL: setting({
    group: 'Process',
    about: 'Least important lines to log.',
    allowed: 'debug, info, warn, error, silent',
    fallback: 'info',
    parse: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
  }),
  LOG_TO: setting({
    group: 'Process',
    about: 'Where log lines go.',
    allowed: 'stderr, stdout',
    fallback: 'stderr',
    parse: oneOf(['stderr', 'stdout']),
  }),
  START_TIMEOUT_MS: setting({
    group: 'Process',
    about: 'How long a start may wait for Kafka and the registry before it gives up, milliseconds.',
    allowed: '1000 to 3600000',
    fallback: '60000',
    parse: integer(1000, 3_600_000),
  }),
  STOP_TIMEOUT_MS: setting({
    group: 'Process',
    about: 'How long an orderly stop may take before the process ends anyway, milliseconds.',
    allowed: '500 to 60000',
    fallback: '8000',
    parse: integer(500, 60_000),
  }),
  TOKEN_KEY: setting({
    group: 'Privacy',
    about: "Key of the hashes that stand for callers' numbers in decisions and audit records.",
    allowed: 'at least 32 characters, random; needed in production',
    fallback: null,
    secret: true,
    parse: optional(text(/^\S.{30,1022}\S$/u)),
  }),
  TOKEN_KEY_ID: setting({
    group: 'Privacy',
    about: 'Names that key, so that tokens from before and after a change are told apart.',
    allowed: 'letters, digits, dash, underscore, up to 32',
    fallback: 'k1',
    parse: text(/^[\w-]{1,32}$/u),
  }),
  TOKEN_KEYS_OTHER: setting({
    group: 'Privacy',
    about:
      'Keys that other routers use at the same time, while a new TOKEN_KEY takes over: what they decided is audited with theirs.',
    allowed: 'id:key, several separated by commas',
    fallback: '',
    secret: true,
    parse: z
      .string()
      .transform(tokenKeys)
      .refine((keys) => keys !== null)
      .transform((keys) => keys ?? []),
  }),
} as const

/** `id:key,id:key`; null when it is not that. */
function tokenKeys(value: string): readonly { id: string; secret: string }[] | null {
  const parts = value === '' ? [] : value.split(',')
  const keys = parts.map((part) => /^([\w-]{1,32}):(\S{32,1024})$/u.exec(part.trim()))
  const whole = keys.flatMap((key) =>
    key === null ? [] : [{ id: key[1] ?? '', secret: key[2] ?? '' }],
  )
  return whole.length === parts.length ? whole : null
}

function defaultInstanceId(): string {
  return `${hostname()
    .replaceAll(/[^\w.-]/gu, '-')
    .slice(0, 80)}-${process.pid}`
}
