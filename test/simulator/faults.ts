/** Carries out the planned faults, writes down what was done, and heals everything in the end. */
import type { OverrideSet } from '../../schemas/records.ts'
import { COORDINATOR } from '../../services/platform/memory/question.ts'
import { TOPIC_NAMES } from '../../services/topology.ts'
import type { Slot } from './cast.ts'
import { fullCodec } from './codecs.ts'
import type { Dependency } from './dependencies.ts'
import type { Fault, PlannedFault, Service } from './plan.ts'
import { hostOf } from './hosting.ts'
import { groupOf } from './services.ts'
import type { World } from './world.ts'

/** After a broken broker its clients' retries and queues need so long. */
const BROKER_AFTERMATH_MS = 2000
/** Questions to the broker that coordinates groups go unanswered for 4 s before they are repeated. */
const COORDINATOR_AFTERMATH_MS = 6000

/** Who asks in vain asks again after a while. */
const REGISTRY_AFTERMATH_MS = 1500

/** A broker that is back takes over again what it led before. */
const BACK_AFTER_MS = 1000

export interface FaultDirector {
  /** Everything runs again, nothing is broken any more. */
  heal(): void
}

export function faultDirector(world: World): FaultDirector {
  for (const fault of world.plan.faults) {
    world.time.at(world.startMs + fault.atMs, () => strike(world, fault))
  }
  return {
    heal() {
      world.troubles.clear()
      world.registry.down = false
      world.modes.clear()
      for (const slot of world.cast.slots) {
        slot.process?.thaw()
        if (slot.process === null && !slot.guest) world.cast.start(slot)
      }
      world.note('all is healed')
    },
  }
}

function strike(world: World, fault: PlannedFault): void {
  world.note(describeFault(fault))
  count(world, fault)
  switch (fault.kind) {
    case 'kill':
    case 'restart':
    case 'crash':
    case 'freeze':
    case 'join':
    case 'interrupt':
      strikeService(world, fault)
      return
    case 'lane':
      for (const slot of world.cast.of(fault.lane)) {
        if (slot.process === null || slot.guest) continue
        world.note(`${slot.name}: ${DONE.kill}`)
        world.cast.kill(slot)
        startLater(world, slot, fault.downMs)
      }
      return
    case 'broker':
      breakBroker(world, fault)
      return
    case 'leader':
      moveLeaders(world, fault)
      return
    case 'forget':
      world.broker.group(groupOf(fault.group)).forget()
      world.forgotten.add(groupOf(fault.group))
      return
    case 'dependency':
      breakDependency(world, fault)
      return
    case 'override':
      setOverride(world, fault)
      return
    case 'registry':
      breakRegistry(world, fault.forMs)
      return
    case 'poison': {
      const { topic, partition } = fault
      world.broker.append({ topic, partition, key: 'poison', value: Buffer.from('poison') })
    }
  }
}

const DONE = {
  kill: 'is killed',
  restart: 'is told to stop',
  freeze: 'is stopped where it stands',
  interrupt: 'loses its coordinator',
} as const

type ServiceFault = Extract<Fault, { service: Service }>

function strikeService(world: World, fault: ServiceFault): void {
  const { cast, time, plan } = world
  if (fault.kind === 'join') {
    const guest = cast.add(hostOf(plan, fault.service))
    guest.guest = true
    time.after(fault.forMs, () => void cast.stop(guest))
    return
  }
  const slot = victim(world, fault.service)
  if (slot === undefined) return
  if (fault.kind !== 'crash') world.note(`${slot.name}: ${DONE[fault.kind]}`)
  switch (fault.kind) {
    case 'kill':
      cast.kill(slot)
      startLater(world, slot, fault.downMs)
      return
    case 'crash':
      world.crashes.arm(slot.name, fault.point, () => {
        world.note(`${slot.name} crashes`)
        cast.kill(slot)
        startLater(world, slot, fault.downMs)
      })
      return
    case 'restart':
      void cast.stop(slot).then(() => startLater(world, slot, fault.downMs))
      return
    case 'freeze': {
      const { process } = slot
      process?.freeze()
      time.after(fault.forMs, () => {
        world.note(`${slot.name}: goes on`)
        process?.thaw()
      })
      return
    }
    case 'interrupt':
      slot.client?.interrupt()
  }
}

/** One that runs, drawn from those that do. */
function victim(world: World, service: Service): Slot | undefined {
  const running = world.cast
    .of(hostOf(world.plan, service))
    .filter(({ process, guest }) => process?.state() === 'running' && !guest)
  const draw = world.dice(`victim ${world.time.nowMs()}`)
  return running[draw.whole(0, running.length - 1)]
}

function startLater(world: World, slot: Slot, delayMs: number): void {
  world.time.after(delayMs, () => {
    if (slot.process !== null) return
    world.cast.start(slot)
    world.note(`${slot.name}: starts`)
  })
}

function breakBroker(world: World, fault: Extract<Fault, { kind: 'broker' }>): void {
  const fromMs = world.time.nowMs()
  const trouble = { mode: fault.mode, untilMs: fromMs + fault.forMs }
  world.troubles.set(fault.broker, trouble)
  outage(world, fault)
  world.time.after(fault.forMs, () => {
    if (world.troubles.get(fault.broker) === trouble) world.troubles.delete(fault.broker)
  })
}

function outage(world: World, fault: { readonly broker: number; readonly forMs: number }): void {
  const fromMs = world.time.nowMs()
  const aftermathMs = fault.broker === COORDINATOR ? COORDINATOR_AFTERMATH_MS : BROKER_AFTERMATH_MS
  world.brokerFaults.push({ fromMs, toMs: fromMs + fault.forMs + aftermathMs })
}

/** Each of a broker's partitions goes to one of the others, all after the same while. */
function moveLeaders(world: World, fault: Extract<Fault, { kind: 'leader' }>): void {
  const { broker, plan } = world
  const draw = world.dice(`leaders ${world.time.nowMs()}`)
  for (const topic of TOPIC_NAMES) {
    for (let partition = 0; partition < broker.partitions(topic); partition += 1) {
      const { leader, electing } = broker.log(topic, partition)
      if (leader !== fault.broker || electing) continue
      const next = (leader + draw.whole(1, plan.brokers - 1)) % plan.brokers
      broker.lead(topic, partition, next, fault.forMs)
      if (!fault.back) continue
      world.time.after(fault.forMs + BACK_AFTER_MS, () => {
        if (!broker.log(topic, partition).electing) broker.lead(topic, partition, leader, 2)
      })
    }
  }
  outage(world, { ...fault, forMs: fault.forMs + (fault.back ? BACK_AFTER_MS : 0) })
}

function breakRegistry(world: World, forMs: number): void {
  const fromMs = world.time.nowMs()
  world.registry.down = true
  world.registryFaults.push({ fromMs, toMs: fromMs + forMs + REGISTRY_AFTERMATH_MS })
  world.time.after(forMs, () => {
    world.registry.down = false
  })
}

function breakDependency(world: World, fault: Extract<Fault, { kind: 'dependency' }>): void {
  const { dependency, mode, forMs } = fault
  const fromMs = world.time.nowMs()
  const toMs = fromMs + forMs
  const others = world.dependencyFaults.filter(
    (one) => one.dependency === dependency && one.toMs >= fromMs,
  )
  // Of two at the same time the later one shows, and none of them struck every call.
  const share = others.length === 0 ? {} : { share: 0.5 }
  for (const other of others) {
    world.dependencyFaults.splice(world.dependencyFaults.indexOf(other), 1, {
      ...other,
      share: 0.5,
    })
  }
  world.dependencyFaults.push({ dependency, mode, fromMs, toMs, ...share })
  world.modes.set(dependency, mode)
  world.time.after(forMs, () => {
    if (world.modes.get(dependency) === mode) world.modes.delete(dependency)
  })
}

/** What operators would say; it fits the policy. */
const OVERRIDDEN: { readonly [name in Dependency]: OverrideSet['facts'] } = {
  crm: { tier: 'STANDARD' },
  billing: { pastDue: false, balanceCents: 0, plan: 'basic' },
  scheduling: { open: true, callbackOffered: false, seniorOnShift: false },
  priority: { vip: false, level: 5 },
}

function setOverride(world: World, fault: Extract<Fault, { kind: 'override' }>): void {
  const { dependency, forMs } = fault
  const setAt = Math.floor(world.time.nowMs())
  const value = fullCodec.encode('ops.override', {
    dependency,
    action: 'SET',
    facts: OVERRIDDEN[dependency],
    author: 'an operator',
    reason: 'a simulated one',
    setAt,
    expiresAt: setAt + Math.floor(forMs),
    tokenKeyId: null,
  })
  world.broker.append({ topic: 'ops.override', partition: 0, key: dependency, value })
}

/** A fault counts when calls were in flight that it could hit. */
function count(world: World, fault: PlannedFault): void {
  const kind = fault.kind === 'broker' ? `broker ${fault.mode}` : nameOf(fault)
  const hit = undecided(world) > 0 ? kind : `${kind} in vain`
  world.struck.set(hit, (world.struck.get(hit) ?? 0) + 1)
}

const nameOf = (fault: Fault): string =>
  'service' in fault ? `${fault.kind} ${fault.service.split(' ')[0]}` : fault.kind

/** Records of call.arrived whose request has no record in call.routed yet. */
function undecided({ broker }: World): number {
  const decided = new Set(broker.records('call.routed').map(({ key }) => String(key)))
  return broker.records('call.arrived').filter(({ key }) => !decided.has(String(key))).length
}

export function describeFault(fault: Fault): string {
  const { kind, ...rest } = fault
  const details = Object.entries(rest)
    .filter(([name]) => name !== 'atMs')
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`)
  return [kind, ...details].join(', ')
}
