/** The shape of connectors.yaml: how each dependency is reached. */
import { z } from 'zod'

const name = z.string().regex(/^[a-z][a-z\d-]{0,62}$/, 'a name in lower case')
const text = z.string().min(1).max(4096)
const path = text

/** How many questions an enricher asks of its system at once. */
export const CONNECTIONS_DEFAULT = 64

const ms = (max: number) => z.int().min(1).max(max)

const limits = z.strictObject({
  connections: z.int().min(1).max(1000).default(CONNECTIONS_DEFAULT),
  queueMax: z.int().min(0).max(100_000).default(4000),
  attempts: z.int().min(1).max(10).default(3),
  lateWaitMs: ms(60_000).default(5000),
  overrideWaitMs: ms(10_000).default(250),
})

const breaker = z.strictObject({
  failures: z.int().min(1).max(10_000).default(10),
  openMs: ms(600_000).default(2000),
})

const cache = z.strictObject({
  use: z.enum(['after-live', 'first', 'never']).default('after-live'),
  ttlMs: ms(30 * 86_400_000).default(86_400_000),
  entriesMax: z.int().min(1).max(1_000_000).default(50_000),
})

const always = {
  asked: text.max(100),
  limits: limits.prefault({}),
  breaker: breaker.prefault({}),
}
const common = { ...always, cache: cache.prefault({}) }

const facts = z.record(z.string().regex(/^[A-Za-z]\w*$/, 'a fact name'), path)

const http = z.strictObject({
  type: z.literal('http'),
  ...common,
  method: z.enum(['GET', 'POST']).default('GET'),
  url: text,
  query: z.record(text, text).default({}),
  headers: z.record(z.string().regex(/^[A-Za-z\d-]+$/, 'a header name'), text).default({}),
  body: text.optional(),
  repeatable: z.boolean().optional(),
  noMatch: z.array(z.int().min(200).max(599)).default([404]),
  bodyBytesMax: z.int().min(1).max(16_777_216).default(262_144),
  matches: path.optional(),
  identity: z.strictObject({ path, equals: text }).optional(),
  syncedAt: path.optional(),
  facts,
})

const sql = z.strictObject({
  type: z.literal('sql'),
  ...common,
  url: text,
  query: text,
  parameters: z.array(text).default([]),
  identity: z.strictObject({ column: text, equals: text }).optional(),
  syncedAt: text.optional(),
  facts,
})

const table = z.strictObject({
  type: z.literal('table'),
  // No cache: it is memory already, and never fails.
  ...always,
  file: text,
  key: z.strictObject({ path, equals: text }),
  syncedAt: path.optional(),
  facts,
})

export const connectorsDocument = z.strictObject({
  connectors: z.record(name, z.discriminatedUnion('type', [http, sql, table])),
})

export type ConnectorDocument = z.infer<typeof connectorsDocument>['connectors'][string]
export type HttpDocument = z.infer<typeof http>
export type SqlDocument = z.infer<typeof sql>
export type TableDocument = z.infer<typeof table>
