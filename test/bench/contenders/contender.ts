/** Who is measured: a set of processes between call.arrived and call.routed. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment, Nursery } from '../../../services/local/nursery.ts'
import { type Child, jsonLine, type Program, whenReady } from '../../../services/local/processes.ts'
import type { Followed } from '../measure/lag.ts'
import type { Pauses } from '../measure/pauses.ts'
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
  /** What decides comes first. */
  readonly processes: readonly Watched[]
  /** Those of them with a metrics page. */
  readonly programs: readonly Program[]
  /** Groups that must keep up, each with a topic of which it reads one record a call. */
  readonly groups: readonly Followed[]
  /** Begins to watch pauses that no metrics page tells; what is returned gives them by process. */
  readonly watchPauses?: () => () => Readonly<Record<string, Pauses>>
  stop(): Promise<void>
}

export interface Contender {
  readonly name: string
  /** For people: what it is. */
  readonly title: string
  /** Calls a second that it surely bears, for warming it up. */
  readonly briskPerS: number
  /** Resolves when it is ready for calls. */
  start(ground: Ground): Promise<Running>
}

export const ROOT = join(import.meta.dirname, '..', '..', '..')
const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
/** Of the example policy. */
export const DEPENDENCIES: readonly string[] = ['crm', 'billing', 'scheduling', 'priority']

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

export const enricherGroups = (dependencies: readonly string[], of: string): readonly Followed[] =>
  dependencies.map((name) => ({ group: `${of}-${name}`, topic: 'call.arrived' }))
