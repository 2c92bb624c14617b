/** Health and metrics of a service over HTTP, on the loopback address unless told otherwise. */
import type { ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { CrosspointError } from '../errors.ts'
import { http } from './node-http.ts'

/** Null: fine. Otherwise why the service is not ready, for people. */
export type Check = () => string | null

export interface HttpOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly metrics: Registry
  /**
   * What readiness hangs on, by name: the service's own Kafka and schemas, never a dependency that
   * answers lookups. May grow while the service starts.
   */
  readonly checks: Map<string, Check>
}

export interface HttpServer {
  /** The port in use. */
  readonly port: number
  close(): Promise<void>
}

/** Nobody who asks for health or metrics is slower, or sends more than a request line and headers. */
const REQUEST_MS_MAX = 5000
const IDLE_MS_MAX = 10_000

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * GET /livez (200 while the event loop turns), /readyz (200 or 503, with each check and its reason) and
 * /metrics (Prometheus text). Node's own server, since three pages need no framework: one is 8 MB of
 * every service. Throws XP_PORT_TAKEN.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const server = http.createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
    const [path] = (request.url ?? '').split('?')
    const asked = request.method === 'GET' || request.method === 'HEAD'
    // What a request carries is not read; its connection can not be used again then.
    if (!asked) response.setHeader('connection', 'close')
    void answer(response, asked ? (path ?? '') : '', options)
  })
  server.setTimeout(IDLE_MS_MAX)
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen({ host: options.host, port: options.port }, listening.resolve)
  try {
    await listening.promise
  } catch (error) {
    const { code } = error as { code?: string }
    const why = code === 'EADDRINUSE' ? 'is in use' : `can not be opened (${code ?? 'unknown'})`
    throw new CrosspointError('XP_PORT_TAKEN', `${options.host}:${options.port} ${why}`, {
      cause: error,
    })
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(response: ServerResponse, path: string, options: HttpOptions): Promise<void> {
  const { status, type, body } = await pageAt(path, options).catch(() =>
    json(500, { error: 'this page can not be made' }),
  )
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

async function pageAt(path: string, { checks, metrics }: HttpOptions): Promise<Page> {
  switch (path) {
    case '/livez':
      return json(200, { status: 'alive' })
    case '/readyz':
      return readiness(checks)
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.metrics() }
    default:
      return json(404, { error: 'pages are /livez, /readyz and /metrics' })
  }
}

function readiness(all: HttpOptions['checks']): Page {
  const checks = [...all].map(([name, check]) => {
    const reason = check()
    return { name, ready: reason === null, ...(reason === null ? {} : { reason }) }
  })
  const ready = checks.length > 0 && checks.every((check) => check.ready)
  return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks })
}

const json = (status: number, value: object): Page => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
})
