/** Carries out the planned faults, writes down what was done, and heals everything in the end. */
import { COORDINATOR } from '../../services/platform/memory/question.ts'
import type { Slot } from './cast.ts'
import type { Fault, PlannedFault, Service } from './plan.ts'
import type { World } from './world.ts'

/** After a broken broker its clients' retries and queues need so long. */
const BROKER_AFTERMATH_MS = 2000
/** Questions to the broker that coordinates groups go unanswered for 4 s before they are repeated. */
const COORDINATOR_AFTERMATH_MS = 6000

/** Who asks in vain asks again after a while. */
const REGISTRY_AFTERMATH_MS = 1500

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
    case 'broker':
      breakBroker(world, fault)
      return
    case 'dependency':
      breakDependency(world, fault)
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

type ServiceFault = Extract<Fault, { service: Service }>

function strikeService(world: World, fault: ServiceFault): void {
  const { cast, time } = world
  if (fault.kind === 'join') {
    const guest = cast.add(fault.service)
    guest.guest = true
    time.after(fault.forMs, () => void cast.stop(guest))
    return
  }
  const slot = victim(world, fault.service)
  if (slot === undefined) return
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
      time.after(fault.forMs, () => process?.thaw())
      return
    }
    case 'interrupt':
      slot.client?.interrupt()
  }
}

/** One that runs, drawn from those that do. */
function victim(world: World, service: Service): Slot | undefined {
  const running = world.cast
    .of(service)
    .filter(({ process, guest }) => process?.state() === 'running' && !guest)
  const draw = world.dice(`victim ${world.time.nowMs()}`)
  return running[draw.whole(0, running.length - 1)]
}

function startLater(world: World, slot: Slot, delayMs: number): void {
  world.time.after(delayMs, () => {
    if (slot.process === null) world.cast.start(slot)
  })
}

function breakBroker(world: World, fault: Extract<Fault, { kind: 'broker' }>): void {
  const fromMs = world.time.nowMs()
  world.troubles.set(fault.broker, fault.mode)
  const aftermathMs = fault.broker === COORDINATOR ? COORDINATOR_AFTERMATH_MS : BROKER_AFTERMATH_MS
  world.brokerFaults.push({ fromMs, toMs: fromMs + fault.forMs + aftermathMs })
  world.time.after(fault.forMs, () => {
    if (world.troubles.get(fault.broker) === fault.mode) world.troubles.delete(fault.broker)
  })
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
  world.modes.set(dependency, mode)
  world.dependencyFaults.push({ dependency, mode, fromMs, toMs: fromMs + forMs })
  world.time.after(forMs, () => {
    if (world.modes.get(dependency) === mode) world.modes.delete(dependency)
  })
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
