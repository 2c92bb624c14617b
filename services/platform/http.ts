/** Health and metrics of a service over HTTP, on the loopback address unless told otherwise. */
import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { CrosspointError } from '../errors.ts'

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

/**
 * GET /livez (200 while the event loop turns), /readyz (200 or 503, with each check and its reason) and
 * /metrics (Prometheus text). Throws XP_PORT_TAKEN.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const server = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 5000,
    connectionTimeout: 10_000,
    forceCloseConnections: true,
  })
  server.get('/livez', () => ({ status: 'alive' }))
  server.get('/readyz', (_request, reply) => {
    const checks = [...options.checks].map(([name, check]) => {
      const reason = check()
      return { name, ready: reason === null, ...(reason === null ? {} : { reason }) }
    })
    const ready = checks.length > 0 && checks.every((check) => check.ready)
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
  server.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  )
  try {
    await server.listen({ host: options.host, port: options.port })
  } catch (error) {
    const { code } = error as { code?: string }
    const why = code === 'EADDRINUSE' ? 'is in use' : `can not be opened (${code ?? 'unknown'})`
    throw new CrosspointError('XP_PORT_TAKEN', `${options.host}:${options.port} ${why}`, {
      cause: error,
    })
  }
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => server.close(),
  }
}
