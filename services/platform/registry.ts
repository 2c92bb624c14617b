/**
 * The schema registry's Confluent-compatible interface, the few requests crosspoint makes of it. Own
 * code because the usual client sets no time limit, does not say "not there" and "not reachable"
 * apart, asks again for every unknown id, and names subjects after records. Over Node's own http, which
 * a service has loaded anyway: a client library is 10 MB more of each.
 */
import type { Agent } from 'node:http'
import https from 'node:https'
import { CrosspointError } from '../errors.ts'
import type { AvroSchema } from './avro.ts'
import { http } from './node-http.ts'

export interface RegistryOptions {
  /** Base address, for example http://127.0.0.1:8081/apis/ccompat/v7. */
  readonly url: string
  readonly username?: string | null
  readonly password?: string | null
  /** The certificate authority in PEM, where it is not one of the system's. */
  readonly ca?: string | null
  /** For one answer, body included. */
  readonly timeoutMs: number
}

export interface RegisteredSchema {
  readonly id: number
  readonly version: number
  readonly schema: AvroSchema
}

interface Compatibility {
  readonly compatible: boolean
  /** What the registry says is wrong. */
  readonly messages: readonly string[]
}

/** Every function throws XP_REGISTRY_UNREACHABLE, _AUTH or _FAILED. */
export interface Registry {
  /** The schema with this id; null: there is none. */
  schemaById(id: number): Promise<AvroSchema | null>
  /** All versions of a subject, oldest first; empty: there is no such subject. */
  versions(subject: string): Promise<readonly RegisteredSchema[]>
  /** Registers a schema and gives its id; the same schema again gives the same id. */
  register(subject: string, schema: AvroSchema): Promise<number>
  compatibility(subject: string): Promise<string | null>
  setCompatibility(subject: string, level: string): Promise<void>
  /** Whether a schema may follow those of a subject that exists. */
  check(subject: string, schema: AvroSchema): Promise<Compatibility>
  close(): Promise<void>
}

const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const CONNECTIONS_MAX = 4
const JSON_TYPE = 'application/vnd.schemaregistry.v1+json'

interface Answer {
  readonly status: number
  readonly body: unknown
}

export function connectRegistry(options: RegistryOptions): Registry {
  const agent = agentFor(options)
  const ask = (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Answer> =>
    send(agent, options, method, path, body)
  const get = async (path: string): Promise<unknown> => {
    const answer = await ask('GET', path)
    return answer.status === 404 ? null : expectOk(answer, path)
  }

  return {
    async schemaById(id) {
      const found = await get(`/schemas/ids/${id}`)
      return found === null ? null : schemaIn(found)
    },
    async versions(subject) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const numbers = (await get(path)) as readonly number[] | null
      const found = await Promise.all(
        (numbers ?? []).map(async (version) => {
          const body = await get(`${path}/${version}`)
          return body === null ? [] : [{ id: idIn(body), version, schema: schemaIn(body) }]
        }),
      )
      return found.flat().toSorted((a, b) => a.version - b.version)
    },
    async register(subject, schema) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const answer = await ask('POST', path, { schema: JSON.stringify(schema) })
      if (answer.status === 409 || answer.status === 422) {
        const why = messageIn(answer.body)
        throw new CrosspointError('XP_SCHEMA_INCOMPATIBLE', `${subject}: ${why}`)
      }
      return idIn(expectOk(answer, path))
    },
    async compatibility(subject) {
      const found = await get(`/config/${encodeURIComponent(subject)}`)
      const { compatibilityLevel, compatibility } = (found ?? {}) as Record<string, unknown>
      const level = compatibilityLevel ?? compatibility
      return typeof level === 'string' ? level : null
    },
    async setCompatibility(subject, level) {
      const path = `/config/${encodeURIComponent(subject)}`
      expectOk(await ask('PUT', path, { compatibility: level }), path)
    },
    async check(subject, schema) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions?verbose=true`
      const answer = await ask('POST', path, { schema: JSON.stringify(schema) })
      const body = expectOk(answer, path) as { is_compatible?: unknown; messages?: unknown }
      const messages = Array.isArray(body.messages) ? body.messages.map(String) : []
      return { compatible: body.is_compatible === true, messages }
    },
    close() {
      agent.destroy()
      return Promise.resolve()
    },
  }
}

function agentFor({ url, ca }: RegistryOptions): Agent {
  const keep = { keepAlive: true, maxSockets: CONNECTIONS_MAX }
  if (new URL(url).protocol !== 'https:') return new http.Agent(keep)
  return new https.Agent({ ...keep, ...(ca ? { ca } : {}) })
}

async function send(
  agent: Agent,
  options: RegistryOptions,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body: unknown,
): Promise<Answer> {
  const login = options.username
    ? { authorization: `Basic ${btoa(`${options.username}:${options.password ?? ''}`)}` }
    : {}
  const text = body ? JSON.stringify(body) : null
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const sent = {
      agent,
      method,
      headers: {
        accept: JSON_TYPE,
        ...login,
        ...(text === null
          ? {}
          : { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(text) }),
      },
      signal,
    }
    return await exchange(new URL(options.url.replace(/\/+$/u, '') + path), sent, text)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const why = signal.aborted ? `no answer within ${options.timeoutMs} ms` : (code ?? message)
    throw new CrosspointError('XP_REGISTRY_UNREACHABLE', `${safeUrl(options.url)}: ${why}`)
  }
}

/** One request and its whole answer. Rejects when it breaks off, is given up or is too long. */
function exchange(url: URL, sent: https.RequestOptions, text: string | null): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { request } = url.protocol === 'https:' ? https : http
  const asked = request(url, sent, (response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      body += chunk
      if (body.length > ANSWER_BYTES_MAX) asked.destroy(new Error('the answer is too long'))
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(body) }))
    response.on('error', reject)
  })
  asked.on('error', reject)
  asked.end(text)
  return promise
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function expectOk(answer: Answer, path: string): unknown {
  const { status, body } = answer
  if (status === 401 || status === 403) {
    throw new CrosspointError('XP_REGISTRY_AUTH', `${path}: status ${status}`)
  }
  // A registry that is up but can't answer now is as good as down: ask again later.
  if (status >= 500 || status === 429 || status === 408) {
    throw new CrosspointError('XP_REGISTRY_UNREACHABLE', `${path}: status ${status}`)
  }
  if (status < 200 || status > 299 || body === null) {
    throw new CrosspointError('XP_REGISTRY_FAILED', `${path}: status ${status}, ${messageIn(body)}`)
  }
  return body
}

function messageIn(body: unknown): string {
  const message = (body as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message.slice(0, 500) : 'no message'
}

function idIn(body: unknown): number {
  const id = (body as { id?: unknown }).id
  if (typeof id === 'number' && Number.isInteger(id)) return id
  throw new CrosspointError('XP_REGISTRY_FAILED', 'an answer has no schema id')
}

function schemaIn(body: unknown): AvroSchema {
  const text = (body as { schema?: unknown }).schema
  const schema = typeof text === 'string' ? (parse(text) as AvroSchema | null) : null
  if (schema !== null) return schema
  throw new CrosspointError('XP_REGISTRY_FAILED', 'an answer has no Avro schema')
}

const safeUrl = (url: string): string => new URL(url).origin + new URL(url).pathname
