/**
 * A system of record over HTTP. undici's own timeouts are off: they are coarse, and the enricher's
 * timer ends every question through the signal. Redirects are answers like others and never followed.
 * Of undici only the agent is loaded: the rest of it (fetch, WebSocket, mocks) is 10 MB of a process.
 */
import type { JSONValue } from '@jmespath-community/jmespath'
import type { Dispatcher } from 'undici'
import Agent from 'undici/lib/dispatcher/agent.js'
import { failure, type LiveFailure, type RawResult } from '../core/live.ts'
import type { InputName, Question } from '../core/question.ts'
import type { AskControl, Connector } from './connector.ts'
import { type Mapping, readAnswer } from './mapping.ts'
import type { Template } from './template.ts'

export interface HttpOptions {
  readonly asked: string
  readonly method: 'GET' | 'POST'
  /** Scheme, host and port. */
  readonly origin: string
  readonly path: Template
  readonly query: { readonly [name: string]: Template }
  readonly headers: { readonly [name: string]: Template }
  readonly body: Template | null
  /** Asking twice is as good as asking once. */
  readonly repeatable: boolean
  /** Statuses that mean that there is no such record. */
  readonly noMatch: readonly number[]
  /** Larger answers are refused without being read to their end. */
  readonly bodyBytesMax: number
  readonly connections: number
  readonly mapping: Mapping
  /** What the record must be identified by. */
  readonly identity: Template | null
}

/** A connection that is not up by then is given up, whoever waits for it. */
const CONNECT_MS_MAX = 10_000
const HEADER_BYTES_MAX = 16_384

export function httpConnector(options: HttpOptions): Connector {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: HEADER_BYTES_MAX,
    connect: { timeout: CONNECT_MS_MAX },
  })
  return {
    asked: options.asked,
    inputs: inputsOf(options),
    async ask(question, control) {
      const got = await exchange(agent, requestOf(options, question), options, control)
      return got.kind === 'FAILED' ? got : interpret(got, options, question)
    },
    close: () => agent.destroy(),
  }
}

function inputsOf({ path, query, headers, body, identity }: HttpOptions): InputName[] {
  const templates = [path, ...Object.values(query), ...Object.values(headers), body, identity]
  return [...new Set(templates.flatMap((template) => template?.inputs ?? []))]
}

function requestOf(options: HttpOptions, question: Question): Dispatcher.DispatchOptions {
  const { origin, path, query, headers, body, method } = options
  const asIs = (value: string): string => value
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${value.fill(question, encodeURIComponent)}`,
  )
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    value.fill(question, oneLine),
  ])
  return {
    origin,
    method,
    path: path.fill(question, segment) + (pairs.length === 0 ? '' : `?${pairs.join('&')}`),
    headers: { accept: 'application/json', ...Object.fromEntries(filled) },
    // Values stand inside JSON strings, so they are escaped as such.
    body:
      body === null
        ? null
        : body.fill(question, (value) => JSON.stringify(asIs(value)).slice(1, -1)),
  }
}

/** One path segment; dots alone would walk up the path. */
function segment(value: string): string {
  const encoded = encodeURIComponent(value)
  return /^\.+$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded
}

const oneLine = (value: string): string => value.replace(/[^\x20-\x7e]/g, '')

interface Got {
  readonly kind: 'GOT'
  readonly status: number
  readonly retryAfter: string | null
  readonly encoded: boolean
  readonly body: Buffer
}

/** Sends a request and reads the whole answer, within the size limit. Resolves always, but to a hang. */
function exchange(
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  { bodyBytesMax, repeatable }: HttpOptions,
  control: AskControl,
): Promise<Got | LiveFailure> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let head: Omit<Got, 'body'> | null = null
    const tooLarge = failure('BAD_RESPONSE', `gave more than ${bodyBytesMax} bytes`, {
      blame: 'record',
    })
    agent.dispatch(request, {
      onRequestStart(controller) {
        control.reached('RESPONSE')
        const abort = (): void => controller.abort(new Error('given up'))
        if (control.signal.aborted) abort()
        else control.signal.addEventListener('abort', abort, { once: true })
      },
      onResponseStart(controller, status, headers) {
        head = {
          kind: 'GOT',
          status,
          retryAfter: textOf(headers['retry-after']),
          encoded: !['', 'identity'].includes(textOf(headers['content-encoding']) ?? ''),
        }
        if (Number(textOf(headers['content-length']) ?? 0) > bodyBytesMax) {
          resolve(tooLarge)
          controller.abort(new Error('too large'))
        }
      },
      onResponseData(controller, chunk) {
        bytes += chunk.length
        if (bytes <= bodyBytesMax) {
          chunks.push(chunk)
          return
        }
        resolve(tooLarge)
        controller.abort(new Error('too large'))
      },
      onResponseEnd() {
        if (head !== null) resolve({ ...head, body: Buffer.concat(chunks) })
      },
      onResponseError(_controller, error) {
        resolve(head === null ? unreachable(error, repeatable) : brokeOff(repeatable))
      },
    })
  })
}

const textOf = (header: string | string[] | undefined): string | null =>
  (Array.isArray(header) ? header[0] : header) ?? null

function brokeOff(retry: boolean): LiveFailure {
  return failure('BAD_RESPONSE', 'broke its answer off', { retry })
}

/** The error's code only: its message may hold addresses or what was asked. */
function unreachable(error: Error, repeatable: boolean): LiveFailure {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  switch (code) {
    case 'ECONNREFUSED':
      return failure('UNREACHABLE', 'refused the connection', { retry: true })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure('UNREACHABLE', 'has a name that is not known', { retry: true })
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return failure('UNREACHABLE', 'gave no connection', { retry: true })
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return failure('UNREACHABLE', 'cut the connection', { retry: repeatable })
    case 'UND_ERR_HEADERS_OVERFLOW':
      return failure('BAD_RESPONSE', 'gave too long headers')
    default:
      if (error.name === 'HTTPParserError') return failure('BAD_RESPONSE', 'does not speak HTTP')
      if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) {
        return failure('UNREACHABLE', 'could not prove who it is (TLS)')
      }
      return failure('UNREACHABLE', 'can not be reached', { retry: repeatable })
  }
}

function interpret(got: Got, options: HttpOptions, question: Question): RawResult {
  const { status } = got
  if (options.noMatch.includes(status)) return { kind: 'NO_MATCH' }
  if (status < 200 || status > 299) return badStatus(got, options.repeatable)
  if (got.encoded) return failure('BAD_RESPONSE', 'gave an answer in an encoding not asked for')
  const answer = parseJson(got.body)
  if (answer === undefined) return failure('BAD_RESPONSE', 'gave an answer that is not JSON')
  const asked = options.identity?.fill(question, (value) => value) ?? null
  return readAnswer(answer, options.mapping, asked)
}

const strict = new TextDecoder('utf-8', { fatal: true })

function parseJson(body: Buffer): JSONValue | undefined {
  try {
    return JSON.parse(strict.decode(body)) as JSONValue
  } catch {
    return undefined
  }
}

function badStatus({ status, retryAfter }: Got, repeatable: boolean): LiveFailure {
  const retryAfterMs = waitOf(retryAfter)
  const detail = `answered with status ${status}`
  if (status === 429 || (status === 503 && retryAfterMs !== null)) {
    return failure('OVERLOADED', `is overloaded (status ${status})`, {
      retry: repeatable,
      retryAfterMs,
    })
  }
  if (status >= 500) {
    const passing = status === 502 || status === 503 || status === 504
    return failure('ERROR_STATUS', detail, { retry: repeatable && passing })
  }
  // Refused credentials and redirects hit every call; other 4xx speak of this one question.
  const everyCall = status < 400 || status === 401 || status === 403 || status === 407
  return failure('ERROR_STATUS', detail, { blame: everyCall ? 'dependency' : 'record' })
}

/** Retry-After in milliseconds; only the form in seconds, because dates need a common clock. */
function waitOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : null
}
