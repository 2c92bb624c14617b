/**
 * Reads connectors.yaml: text in, the connectors of some dependencies out, or every mistake of theirs with its
 * place. Secrets come from the environment only, as `${env:NAME}`; `${env:NAME:-default}` is for
 * addresses.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CrosspointError, CrosspointErrors } from '../../errors.ts'
import { type Path as YamlPath, readYaml, type YamlKind } from '../../platform/yaml-text.ts'
import type { DependencyPolicy } from '../../policy/policy.ts'
import { ENRICHER_DEFAULTS, type EnricherSettings } from '../settings.ts'
import type { Connector } from './connector.ts'
import {
  type ConnectorDocument,
  connectorsDocument,
  type HttpDocument,
  type SqlDocument,
  type TableDocument,
} from './document.ts'
import type { Mapping, Path } from './mapping.ts'
import { createReader, type Reader } from './reader.ts'
import { readTable, type Table, tableConnector } from './table.ts'

export interface LoadedConnector {
  readonly dependency: string
  readonly settings: EnricherSettings
  readonly cache: { readonly use: boolean; readonly entriesMax: number; readonly ttlMs: number }
  /** Values that came from the environment and their parts, to be blacked out wherever they turn up. */
  readonly secrets: readonly string[]
  /** Facts the policy declares and this connector does not give: always missing. */
  readonly unmapped: readonly string[]
  /** Nothing is opened before this, nor is the library loaded that its type needs. */
  open(): Promise<Connector>
}

export interface ConnectorsQuestion {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the policy says of the dependencies. */
  readonly dependencies: readonly DependencyPolicy[]
}

const CONNECTORS_YAML: YamlKind = {
  syntax: 'XP_CONNECTOR_SYNTAX',
  shape: 'XP_CONNECTOR_SHAPE',
  limit: 'XP_CONNECTOR_LIMIT',
  bytesMax: 256 * 1024,
}

/** Loads from a file. Throws as `loadConnectors`, and XP_CONNECTOR_FILE when it can't be read. */
export function loadConnectorsFile(question: ConnectorsQuestion): readonly LoadedConnector[] {
  return loadConnectors(readText(question.file), question)
}

/** In the order asked. Throws CrosspointErrors (codes XP_CONNECTOR_*), each with file, line and column. */
export function loadConnectors(
  text: string,
  { file, env, dependencies }: ConnectorsQuestion,
): readonly LoadedConnector[] {
  const read = readYaml(text, file, connectorsDocument, CONNECTORS_YAML)
  if (!read.ok) throw several(read.errors)
  const { connectors } = read.value
  const mistakes: CrosspointError[] = []
  const loaded = dependencies.flatMap((dependency) => {
    const document = connectors[dependency.name]
    if (document === undefined) {
      mistakes.push(missing(dependency.name, Object.keys(connectors), file))
      return []
    }
    const reader = createReader(['connectors', dependency.name], read.places, env)
    const one = connectorOf(document, reader, dependency, file)
    mistakes.push(...reader.mistakes)
    return [one]
  })
  if (mistakes.length > 0) throw several(mistakes)
  return loaded
}

function missing(name: string, names: readonly string[], file: string): CrosspointError {
  const message = `has no connector '${name}'; it has ${names.join(', ') || 'none'}`
  return new CrosspointError('XP_CONNECTOR_MISSING', message, { place: { file } })
}

/** What is wrong is told to the reader. */
function connectorOf(
  document: ConnectorDocument,
  reader: Reader,
  dependency: DependencyPolicy,
  file: string,
): LoadedConnector {
  const open = readConnector(document, reader, dependency, file)
  return {
    dependency: dependency.name,
    settings: settingsOf(document),
    cache: cacheOf(document),
    secrets: reader.secrets,
    unmapped: Object.keys(dependency.facts).filter((name) => !(name in document.facts)),
    open,
  }
}

function readConnector(
  document: ConnectorDocument,
  reader: Reader,
  dependency: DependencyPolicy,
  file: string,
): () => Promise<Connector> {
  if (document.type === 'http') return readHttp(document, reader, dependency)
  if (document.type === 'sql') return readSql(document, reader, dependency)
  return readTableOf(document, reader, dependency, dirname(file))
}

function readHttp(document: HttpDocument, reader: Reader, dependency: DependencyPolicy) {
  const { origin, path } = splitUrl(reader.expand(document.url, ['url']))
  if (!isHttpOrigin(origin)) {
    reader.wrong('XP_CONNECTOR_MAPPING', 'url is no http or https address', ['url'])
  }
  const templates = (entries: Readonly<Record<string, string>>, key: string) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, text]) => [name, reader.template(text, [key, name])]),
    )
  const { identity, syncedAt, matches, method, body } = document
  const options = {
    asked: document.asked,
    method,
    origin,
    path: reader.template(path, ['url']),
    query: templates(document.query, 'query'),
    headers: templates(document.headers, 'headers'),
    body: body === undefined ? null : reader.template(body, ['body']),
    repeatable: document.repeatable ?? method === 'GET',
    noMatch: document.noMatch,
    bodyBytesMax: document.bodyBytesMax,
    // One more for the connection of a late answer that was just given up.
    connections: document.limits.connections + 1,
    mapping: {
      matches: matches === undefined ? null : reader.expression(matches, ['matches']),
      identity:
        identity === undefined ? null : reader.expression(identity.path, ['identity', 'path']),
      syncedAt: syncedAt === undefined ? null : reader.expression(syncedAt, ['syncedAt']),
      facts: readFacts(document, reader, dependency, (text, at) => reader.expression(text, at)),
    },
    identity:
      identity === undefined ? null : reader.template(identity.equals, ['identity', 'equals']),
  }
  return async () => {
    const { httpConnector } = await import('./http.ts')
    return httpConnector(options)
  }
}

function readSql(document: SqlDocument, reader: Reader, dependency: DependencyPolicy) {
  const connectionString = reader.expand(document.url, ['url'])
  if (!/^postgres(?:ql)?:\/\//.test(connectionString)) {
    reader.wrong('XP_CONNECTOR_MAPPING', 'url is no postgresql address', ['url'])
  }
  const parameters = document.parameters
    .map((name, index) => reader.input(name, ['parameters', index]))
    .filter((name) => name !== null)
  const { identity, syncedAt } = document
  const column =
    (name: string): Path =>
    (row) =>
      typeof row === 'object' && row !== null && !Array.isArray(row) ? row[name] : undefined
  const options = {
    asked: document.asked,
    connectionString,
    query: document.query.replace(/;\s*$/, ''),
    parameters,
    connections: document.limits.connections + 1,
    mapping: {
      matches: null,
      identity: identity === undefined ? null : column(identity.column),
      syncedAt: syncedAt === undefined ? null : column(syncedAt),
      facts: readFacts(document, reader, dependency, column),
    },
    identity: identity === undefined ? null : reader.input(identity.equals, ['identity', 'equals']),
  }
  return async () => {
    const { sqlConnector } = await import('./sql.ts')
    return sqlConnector(options)
  }
}

function readTableOf(
  document: TableDocument,
  reader: Reader,
  dependency: DependencyPolicy,
  folder: string,
) {
  const { key, syncedAt } = document
  const file = resolve(folder, reader.expand(document.file, ['file']))
  const path = reader.expression(key.path, ['key', 'path'])
  const options = {
    asked: document.asked,
    equals: reader.template(key.equals, ['key', 'equals']),
    mapping: {
      syncedAt: syncedAt === undefined ? null : reader.expression(syncedAt, ['syncedAt']),
      facts: readFacts(document, reader, dependency, (text, at) => reader.expression(text, at)),
    },
  }
  const table = tableIn(file, path, reader)
  return () => Promise.resolve(tableConnector({ ...options, table }))
}

const NO_TABLE: Table = { rows: new Map(), writtenAt: 0 }

/** Empty where it can not be read, or what it is found by is wrong: the reader knows of both. */
function tableIn(file: string, path: Path, { mistakes }: Reader): Table {
  if (mistakes.length > 0) return NO_TABLE
  try {
    return readTable(file, path)
  } catch (error) {
    if (!(error instanceof CrosspointError)) throw error
    mistakes.push(error)
    return NO_TABLE
  }
}

function readFacts(
  document: ConnectorDocument,
  reader: Reader,
  dependency: DependencyPolicy,
  read: (text: string, at: YamlPath) => Path,
): Mapping['facts'] {
  return Object.entries(document.facts).map(([name, text]) => {
    const at = ['facts', name]
    if (!Object.hasOwn(dependency.facts, name)) {
      reader.wrong(
        'XP_CONNECTOR_MAPPING',
        `the policy declares no fact ${dependency.name}.${name}`,
        at,
      )
    }
    return [name, read(text, at)]
  })
}

/** Splits before the path, so that places in the path are not taken for parts of an address. */
function splitUrl(url: string): { readonly origin: string; readonly path: string } {
  const matched = /^([a-z]+:\/\/[^/?#]*)(.*)$/i.exec(url)
  const [, origin = '', path = ''] = matched ?? []
  return { origin, path: path === '' ? '/' : path }
}

function isHttpOrigin(origin: string): boolean {
  return /^https?:$/.test(URL.canParse(origin) ? new URL(origin).protocol : '')
}

function cacheOf(document: ConnectorDocument): LoadedConnector['cache'] {
  if (document.type === 'table') return { use: false, entriesMax: 0, ttlMs: 0 }
  return { ...document.cache, use: document.cache.use !== 'never' }
}

function settingsOf(document: ConnectorDocument): EnricherSettings {
  const { limits, breaker } = document
  const { retry, breaker: usual } = ENRICHER_DEFAULTS
  return {
    ...ENRICHER_DEFAULTS,
    lateWaitMs: limits.lateWaitMs,
    overrideWaitMs: limits.overrideWaitMs,
    cache: document.type !== 'table' && document.cache.use === 'first' ? 'first' : 'after-live',
    retry: { ...retry, attemptsMax: limits.attempts },
    breaker: { ...usual, failuresMax: breaker.failures, openMs: breaker.openMs },
    bulkhead: { slots: limits.connections, queueMax: limits.queueMax },
  }
}

function readText(file: string): string {
  try {
    const { size } = statSync(file)
    if (size <= CONNECTORS_YAML.bytesMax) return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    const message = `can not be read: ${why}`
    throw new CrosspointError('XP_CONNECTOR_FILE', message, { place: { file }, cause })
  }
  const message = `is larger than ${CONNECTORS_YAML.bytesMax} bytes`
  throw new CrosspointError('XP_CONNECTOR_LIMIT', message, { place: { file } })
}

function several(errors: readonly CrosspointError[]): CrosspointError {
  const [first, ...rest] = errors
  if (first === undefined) throw new Error('no mistake to tell')
  return new CrosspointErrors([first, ...rest])
}
