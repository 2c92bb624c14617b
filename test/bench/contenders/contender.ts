/** Who is measured: a set of processes between call.arrived and call.routed. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment, Nursery } from '../../../services/local/nursery.ts'
import { type Child, jsonLine, type Program, whenReady } from '../../../services/local/processes.ts'
import type { Watched } from '../measure/processes.ts'

export interface Ground {
  readonly nursery: Nursery
  /** Where a contender may keep files of its own. */
  readonly folder: string
  /** Leads to cluster, registry and this contender's topics. */
  readonly environment: Environment
  readonly seed: number
}

export interface Running {
  readonly processes: readonly Watched[]
  /** Those of them with a metrics page. */
  readonly programs: readonly Program[]
  stop(): Promise<void>
}

export interface Contender {
  readonly name: string
  /** For people: what it is. */
  readonly title: string
  /** Resolves when it is ready for calls. */
  start(ground: Ground): Promise<Running>
}

const ROOT = join(import.meta.dirname, '..', '..', '..')
const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
export const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const

/** One of our services, ready. */
export async function startService(
  { nursery, environment }: Ground,
  name: string,
  args: readonly string[],
  own: Environment,
): Promise<{ readonly child: Child; readonly program: Program }> {
  const all = { ...environment, ...own, INSTANCE_ID: name, HTTP_PORT: '0', LOG_TO: 'stderr' }
  const child = nursery.raise(name, CROSSPOINT, args, all)
  return { child, program: await whenReady(child) }
}

const READY = jsonLine(z.object({ msg: z.literal('ready') }))

/** A program that says `{"msg":"ready"}` when it is. */
export async function startPlain(
  { nursery, environment }: Ground,
  name: string,
  command: string,
  args: readonly string[],
  own: Environment = {},
): Promise<Child> {
  const child = nursery.raise(name, command, args, { ...environment, ...own })
  await child.firstLine(READY)
  return child
}

export const watched = ({ name, pid }: Child): Watched => ({ name, pid })
