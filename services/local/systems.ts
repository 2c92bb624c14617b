/** The stub systems of record as a process of their own: where they are, and how they are hurt. */
import { join } from 'node:path'
import { z } from 'zod'
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import { CrosspointError } from '../errors.ts'
import type { Environment, Nursery } from './nursery.ts'
import { type Child, jsonLine } from './processes.ts'

const STUBS = join(import.meta.dirname, '..', '..', 'infra', 'stubs', 'main.ts')
const CONTROL_TIMEOUT_MS = 5000

const STUBS_LINE = z.object({
  ports: z.object({
    crm: z.number(),
    billing: z.number(),
    scheduling: z.number(),
    control: z.number(),
  }),
  priorityUrl: z.string(),
})
type StubsLine = z.infer<typeof STUBS_LINE>

export interface Systems {
  readonly child: Child
  /** Settings that lead enrichers there. */
  readonly environment: Readonly<Record<string, string>>
  /** Resolves once the fault is in force. */
  setFault(dependency: DependencyName, fault: Fault): Promise<void>
}

/** Where the enrichers find the systems of record, by the settings their connectors name. */
export function addressesOf(
  {
    ports,
    priorityUrl,
  }: Pick<StubsLine, 'priorityUrl'> & {
    readonly ports: Readonly<Record<'crm' | 'billing' | 'scheduling', number>>
  },
  environment: Environment = {},
): Readonly<Record<string, string>> {
  const front = new URL(priorityUrl)
  // A real database keeps its user and password.
  const { password } = new URL(environment['PRIORITY_DATABASE_URL'] ?? priorityUrl)
  front.password = password
  const http = (port: number): string => `http://127.0.0.1:${port}`
  return {
    CRM_URL: http(ports.crm),
    BILLING_URL: http(ports.billing),
    SCHEDULING_URL: http(ports.scheduling),
    PRIORITY_DATABASE_URL: front.href,
  }
}

/** Starts them at once; what is returned waits until they run. The truth goes to `truthFile`. */
export function raiseSystems(
  nursery: Nursery,
  options: {
    readonly seed: number
    readonly truthFile: string
    readonly environment: Environment
  },
): () => Promise<Systems> {
  const child = nursery.raise('stubs', process.execPath, [STUBS], {
    STUB_SEED: String(options.seed),
    STUB_TRUTH_FILE: options.truthFile,
  })
  return async () => {
    const line = await child.firstLine(jsonLine(STUBS_LINE))
    return {
      child,
      environment: addressesOf(line, options.environment),
      setFault: (dependency, fault) => switchFault(line.ports.control, dependency, fault),
    }
  }
}

async function switchFault(port: number, dependency: DependencyName, fault: Fault): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/faults/${dependency}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  })
  if (response.ok) return
  throw new CrosspointError('XP_PROGRAM_FAILED', `the stubs refused: ${await response.text()}`)
}
