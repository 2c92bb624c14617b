/** All systems of record together: servers, seeded data, ground truth and the control port. */
import type { AddressInfo } from 'node:net'
import { createRandom } from '../random.ts'
import { createControl } from './control.ts'
import type { DependencyName, Fault } from './faults.ts'
import type { GroundTruth } from './ground-truth.ts'
import { createHttpStub, type Pace, type Stub } from './http-stub.ts'
import { LINES } from './lines.ts'
import type { People } from './people.ts'
import { createPgFront } from './pg-front.ts'
import { startEmbeddedPriority, usePriorityAt } from './priority.ts'
import { billingSystem, crmSystem, schedulingSystem } from './systems.ts'

export interface StubPorts {
  readonly crm: number
  readonly billing: number
  readonly scheduling: number
  readonly priority: number
  readonly control: number
}

/** 0 everywhere: the operating system picks free ones. */
export const FREE_PORTS: StubPorts = { crm: 0, billing: 0, scheduling: 0, priority: 0, control: 0 }

/** How fast the healthy systems are; `instant` for tests that are not about time. */
const PACES = {
  instant: {
    crm: { fromMs: 0, toMs: 0 },
    billing: { fromMs: 0, toMs: 0 },
    scheduling: { fromMs: 0, toMs: 0 },
  },
  usual: {
    crm: { fromMs: 20, toMs: 60 },
    billing: { fromMs: 15, toMs: 45 },
    scheduling: { fromMs: 5, toMs: 15 },
  },
} as const satisfies Record<string, Record<string, Pace>>

type PaceName = keyof typeof PACES

export interface Stubs {
  readonly host: string
  readonly ports: StubPorts
  /** How an SQL client reaches the priority database through its front. */
  readonly priorityUrl: string
  setFault(dependency: DependencyName, fault: Fault): Promise<void>
  close(): Promise<void>
}

export interface StubsOptions {
  readonly host: string
  readonly ports: StubPorts
  readonly people: People
  readonly seed: number
  readonly pace: PaceName
  readonly truth: GroundTruth
  /** A PostgreSQL to use in place of the embedded one. */
  readonly priorityDatabaseUrl: string | null
}

function httpStubs({ host, ports, people, seed, pace, truth }: StubsOptions): Promise<Stub>[] {
  const random = createRandom(seed)
  return [crmSystem(people), billingSystem(people), schedulingSystem(LINES)].map((system) =>
    createHttpStub({
      system,
      host,
      port: ports[system.name],
      truth,
      random: random.fork(`stub ${system.name}`),
      pace: PACES[pace][system.name],
    }),
  )
}

/** Starts everything; rejects, with nothing left running, when a port is taken or the database fails. */
export async function startStubs(options: StubsOptions): Promise<Stubs> {
  const { host, ports, people, truth, priorityDatabaseUrl } = options
  await using started = new AsyncDisposableStack()
  const database = await (priorityDatabaseUrl === null
    ? startEmbeddedPriority(host, people.priorities)
    : usePriorityAt(priorityDatabaseUrl, people.priorities))
  started.defer(() => database.close())
  const opening = [
    ...httpStubs(options),
    createPgFront({
      host,
      port: ports.priority,
      database,
      truth,
      random: createRandom(options.seed).fork('stub priority'),
    }),
  ]
  const settled = await Promise.allSettled(opening)
  for (const one of settled) if (one.status === 'fulfilled') started.defer(() => one.value.close())
  const [crm, billing, scheduling, priority] = await Promise.all(opening)
  if (!crm || !billing || !scheduling || !priority) throw new Error('A stub is missing.')
  const stubs = { crm, billing, scheduling, priority }

  const setFault = async (dependency: DependencyName, fault: Fault): Promise<void> => {
    if (dependency === 'priority') await database.setFault(fault)
    await stubs[dependency].setFault(fault)
    truth.faultSwitched(dependency, fault)
  }
  const control = createControl(setFault)
  started.defer(() => control.close())
  await control.listen({ host, port: ports.control })
  const running = started.move()
  return {
    host,
    ports: {
      crm: crm.port,
      billing: billing.port,
      scheduling: scheduling.port,
      priority: priority.port,
      control: portOf(control.server.address()),
    },
    priorityUrl: database.urlAt(host, priority.port),
    setFault,
    close: () => running.disposeAsync(),
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('No control port.')
  return address.port
}
