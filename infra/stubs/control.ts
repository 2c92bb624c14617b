/**
 * The control port of the stubs: GET /faults shows what is switched, PUT /faults/{dependency} switches
 * one, DELETE /faults heals all. It answers once the fault is in force.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { DEPENDENCIES, HEALTHY, isDependency, parseFault } from './faults.ts'
import type { DependencyName, Fault } from './faults.ts'

const BODY_BYTES_MAX = 10_000

/** `apply` puts a fault in force; the server is not listening yet. */
export function createControl(
  apply: (dependency: DependencyName, fault: Fault) => Promise<void>,
): FastifyInstance {
  const current = new Map<DependencyName, Fault>(DEPENDENCIES.map((name) => [name, HEALTHY]))
  const switchTo = async (dependency: DependencyName, fault: Fault): Promise<void> => {
    await apply(dependency, fault)
    current.set(dependency, fault)
  }
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX })

  app.get('/faults', () => Object.fromEntries(current))
  app.put<{ Params: { dependency: string } }>(
    '/faults/:dependency',
    async ({ params: { dependency }, body }, reply) => {
      if (!isDependency(dependency)) {
        return reply.code(404).send({ error: `Known are ${DEPENDENCIES.join(', ')}.` })
      }
      try {
        const fault = parseFault(dependency, body)
        await switchTo(dependency, fault)
        return fault
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        return reply.code(400).send({ error: error.message })
      }
    },
  )
  app.delete('/faults', async () => {
    for (const name of DEPENDENCIES) await switchTo(name, HEALTHY)
    return Object.fromEntries(current)
  })
  return app
}
