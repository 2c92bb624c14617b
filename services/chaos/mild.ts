/** Faults of a soak: each is healed again within seconds, and leaves the deployment as it found it. */
import type { Random } from '../../infra/random.ts'
import { DEPENDENCIES, type Fault } from '../../infra/stubs/faults.ts'
import { SLOW_CRM } from './scenarios/load.ts'
import type { Actor, Role, Stage } from './scenario.ts'

/** Two of a kind would be one greater fault: a period has at most one of each. */
type Kind = 'service' | 'broker' | 'network' | 'dependency' | 'load'

export interface Mild {
  readonly kind: Kind
  readonly name: string
  play(stage: Stage, random: Random): Promise<void>
}

const SERVICES: readonly Role[] = [
  'router',
  'backup',
  ...DEPENDENCIES.map((name): Role => `enricher ${name}`),
]

function oneOf(stage: Stage, role: Role, random: Random): Actor {
  const running = stage.actors(role)
  if (running.length === 0) throw new Error(`no ${role} runs`)
  return random.pick(running)
}

const kill: Mild = {
  kind: 'service',
  name: 'a service is killed, and started again',
  async play(stage, random) {
    const role = random.pick(SERVICES)
    const actor = oneOf(stage, role, random)
    stage.strike(`kill ${actor.name}`)
    await actor.signal('SIGKILL')
    await stage.wait(random.between(500, 5000))
    await stage.start(role)
  },
}

const pause: Mild = {
  kind: 'service',
  name: 'a service is stopped for a while',
  async play(stage, random) {
    const actor = oneOf(stage, random.pick(SERVICES), random)
    stage.strike(`stop ${actor.name}`)
    await actor.signal('SIGSTOP')
    await stage.wait(random.between(1000, 9000))
    await actor.signal('SIGCONT')
  },
}

const roll: Mild = {
  kind: 'service',
  name: 'all services of a role are restarted one by one',
  async play(stage, random) {
    const role = random.pick(SERVICES)
    stage.strike(`restart every ${role}`)
    for (const actor of stage.actors(role)) {
      await stage.start(role)
      await actor.signal('SIGTERM')
    }
  },
}

const bounce: Mild = {
  kind: 'broker',
  name: 'a broker is killed, and started again',
  async play(stage, random) {
    const node = random.pick(stage.nodes)
    stage.strike(`kill broker ${node}`)
    await stage.brokers.kill(node, 'SIGKILL')
    await stage.wait(random.between(1000, 6000))
    await stage.brokers.restart(node)
  },
}

const freeze: Mild = {
  kind: 'broker',
  name: 'a broker is stopped for a while',
  async play(stage, random) {
    const node = random.pick(stage.nodes)
    stage.strike(`stop broker ${node}`)
    await stage.brokers.kill(node, 'SIGSTOP')
    await stage.wait(random.between(1000, 6000))
    await stage.brokers.kill(node, 'SIGCONT')
  },
}

const slowWay: Mild = {
  kind: 'network',
  name: 'the way to the brokers is slow',
  async play(stage, random) {
    stage.strike('slow way to the brokers')
    const link = { from: 'services', to: 'broker' } as const
    await stage.trouble(link, { kind: 'latency', ms: random.between(20, 60), jitterMs: 20 })
    await stage.wait(8000)
    await stage.trouble(link, { kind: 'none' })
  },
}

const cutOff: Mild = {
  kind: 'network',
  name: 'services of a role lose their connections, or cannot make any',
  async play(stage, random) {
    const link = { from: random.pick(SERVICES), to: 'broker' } as const
    const kind = random.pick(['reset', 'down', 'blackhole'] as const)
    stage.strike(`${link.from} and the brokers: ${kind}`)
    await stage.trouble(link, kind === 'blackhole' ? { kind, direction: 'both' } : { kind })
    await stage.wait(random.between(500, 4000))
    await stage.trouble(link, { kind: 'none' })
  },
}

const noRegistry: Mild = {
  kind: 'network',
  name: 'the registry is down',
  async play(stage) {
    stage.strike('registry down')
    const link = { from: 'services', to: 'registry' } as const
    await stage.trouble(link, { kind: 'down' })
    await stage.wait(10_000)
    await stage.trouble(link, { kind: 'none' })
  },
}

/** What both HTTP systems and the database can have. */
const ILLS: readonly Fault[] = [
  { mode: 'hang', share: 1 },
  { mode: 'refuse', share: 1 },
  { mode: 'reset', share: 0.5 },
  { mode: 'latency', ms: 2300, jitterMs: 200, share: 1 },
  { mode: 'unreachable', share: 1 },
]

const sick: Mild = {
  kind: 'dependency',
  name: 'a dependency is ill',
  async play(stage, random) {
    const dependency = random.pick(DEPENDENCIES)
    const fault = random.pick(ILLS)
    stage.strike(`${dependency}: ${fault.mode}`)
    await stage.fault(dependency, fault)
    await stage.wait(random.between(4000, 12_000))
    await stage.fault(dependency, dependency === 'crm' ? SLOW_CRM : { mode: 'healthy' })
  },
}

const burst: Mild = {
  kind: 'load',
  name: 'three times the calls for some seconds',
  async play(stage, random) {
    stage.strike('burst')
    stage.calls.rate(150)
    await stage.wait(random.between(2000, 5000))
    stage.calls.rate(50)
  },
}

const repeats: Mild = {
  kind: 'load',
  name: 'arrivals are published again',
  async play(stage, random) {
    stage.strike('repeats')
    await stage.calls.repeat(random.between(50, 300))
  },
}

export const MILD: readonly Mild[] = [
  kill,
  pause,
  roll,
  bounce,
  freeze,
  slowWay,
  cutOff,
  noRegistry,
  sick,
  burst,
  repeats,
]
