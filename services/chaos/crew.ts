/** The services of one scenario: started, watched, hurt and ended, each under a name of its own. */
import { join } from 'node:path'
import { countFully, startGently } from '../../infra/niceness.ts'
import { CrosspointError } from '../errors.ts'
import type { Nursery } from '../local/nursery.ts'
import { metricsOf, whenReady, type Child, type Program } from '../local/processes.ts'
import type { Actor, Crew as CrewSize, Role, Scenario } from './scenario.ts'
import type { Truth } from './truth.ts'

export interface Member extends Actor {
  readonly program: Program
  readonly pid: number
}

export interface Crew {
  readonly members: readonly Member[]
  actors(role: Role): readonly Member[]
  start(role: Role, environment?: Readonly<Record<string, string>>): Promise<Member>
  /** Starts one that must not become ready; resolves with its log when it has ended by itself. */
  refused(role: Role): Promise<string>
  /** Logs of all that ever started in a role. */
  logs(role: Role): readonly string[]
}

interface CrewOptions {
  readonly nursery: Nursery
  readonly truth: Truth
  /** What a service of a role needs to find everything. */
  readonly environmentOf: (role: Role) => Readonly<Record<string, string>>
}

const CROSSPOINT = join(import.meta.dirname, '..', '..', 'bin', 'crosspoint')
const ENDING: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']

const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const

/** The roles of a crew in the order in which they start, as often as each is wanted. */
function rolesOf({ routers, backups, enrichers }: CrewSize): readonly Role[] {
  const times = (count: number, role: Role): Role[] => Array.from({ length: count }, () => role)
  return [
    ...times(routers, 'router'),
    ...times(backups, 'backup'),
    ...DEPENDENCIES.flatMap((name) => times(enrichers, `enricher ${name}`)),
  ]
}

const argsOf = (role: Role): string[] => (role === 'backup' ? ['router'] : role.split(' '))

/** Sum of all label sets of a metric on a page in Prometheus' text format; null when it has none. */
function metricIn(page: string, name: string): number | null {
  const values = page
    .split('\n')
    .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}

function memberOf(
  { truth, asked }: { readonly truth: Truth; readonly asked: Set<string> },
  role: Role,
  child: Child,
  program: Program,
): Member {
  const { name } = child
  return {
    role,
    name,
    program,
    pid: child.pid,
    running: () => child.running(),
    async signal(signal) {
      truth.did({ kind: 'service', target: name, detail: { role, what: signal } })
      if (ENDING.includes(signal)) asked.add(name)
      child.kill(signal)
      if (!ENDING.includes(signal)) return
      await child.ended.catch(() => undefined)
      truth.did({ kind: 'service', target: name, detail: { role, what: 'ended' } })
    },
    holdUp(forMs) {
      truth.did({ kind: 'held up', target: name, detail: { role, forMs } })
      child.kill('SIGUSR2')
    },
    metric: async (metric) => metricIn(await metricsOf(program), metric),
  }
}

export function createCrew({ nursery, truth, environmentOf }: CrewOptions): Crew {
  const members: Member[] = []
  const counts = new Map<Role, number>()
  /** Names of those that were told to end. */
  const asked = new Set<string>()

  const nameFor = (role: Role): string => {
    const count = (counts.get(role) ?? 0) + 1
    counts.set(role, count)
    return `${role.replace(' ', '-')}-${count}`
  }
  const raised: { readonly role: Role; readonly child: Child }[] = []
  const raise = (role: Role, environment: Readonly<Record<string, string>>) => {
    const name = nameFor(role)
    const told = (what: 'starting' | 'ready' | 'died' | 'refused'): void =>
      truth.did({ kind: 'service', target: name, detail: { role, what } })
    told('starting')
    const lane = { LANE: role === 'backup' ? 'backup' : 'primary' }
    const own = { ...environmentOf(role), INSTANCE_ID: name, ...lane, ...environment }
    const child = nursery.raise(name, CROSSPOINT, argsOf(role), own)
    raised.push({ role, child })
    startGently(child.pid)
    return { child, told }
  }
  return {
    members,
    actors: (role) => members.filter((one) => one.role === role && one.running()),
    async start(role, environment = {}) {
      const { child, told } = raise(role, environment)
      child.died.catch(() => {
        if (!asked.has(child.name)) told('died')
      })
      const program = await whenReady(child)
      countFully(child.pid)
      told('ready')
      const member = memberOf({ truth, asked }, role, child, program)
      members.push(member)
      return member
    },
    async refused(role) {
      const { child, told } = raise(role, {})
      const program = await whenReady(child).catch(() => null)
      // One that only did not become ready in time still runs.
      if (program !== null || child.running()) {
        throw new CrosspointError(
          'XP_CHAOS_STUCK',
          `${child.name} was expected to refuse, and runs`,
        )
      }
      told('refused')
      return child.logFile
    },
    logs: (role) => raised.filter((one) => one.role === role).map(({ child }) => child.logFile),
  }
}

/** Starts all of a scenario's services at once. */
export async function startCrew(crew: Crew, scenario: Scenario): Promise<void> {
  const { environment = {} } = scenario
  await Promise.all(rolesOf(scenario.crew).map((role) => crew.start(role, environment[role])))
}
