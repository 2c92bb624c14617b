/** The faults of a simulated world: what is broken when, and for how long. */
import type { CrashPoint } from '../../services/enricher/lookups.ts'
import type { Dice } from './dice.ts'
import { DEPENDENCIES } from './dependencies.ts'
import type { BrokerMode, Fault, Mode, PlannedFault, Service } from './plan.ts'

interface Ground {
  readonly partitions: number
  readonly brokers: number
  readonly spanMs: number
  /** Whether there is a backup lane to break. */
  readonly backups: boolean
}

/** One to six faults, mostly while calls arrive. */
export function drawFaults(draw: Dice, ground: Ground): PlannedFault[] {
  const faults: PlannedFault[] = []
  const count = draw.whole(1, 6)
  for (let index = 0; index < count; index += 1) {
    const atMs = draw.between(0.1 * ground.spanMs, ground.spanMs)
    faults.push({ ...drawFault(draw, ground), atMs })
  }
  return faults
}

type Drawing = (draw: Dice, ground: Ground) => Fault

const enricher = (draw: Dice): Service => `enricher ${draw.pick(DEPENDENCIES)}`

function someone(draw: Dice, { backups }: Ground): Service {
  if (draw.chance(0.35)) return enricher(draw)
  return backups && draw.chance(0.35) ? 'backup' : 'router'
}

const kill: Drawing = (draw, ground) => ({
  kind: 'kill',
  service: someone(draw, ground),
  downMs: draw.between(50, 9000),
})
const restart: Drawing = (draw, ground) => ({
  kind: 'restart',
  service: someone(draw, ground),
  downMs: draw.between(0, 2000),
})
const freeze: Drawing = (draw, ground) => ({
  kind: 'freeze',
  service: someone(draw, ground),
  forMs: draw.pick([300, 1500, 5000, 8000, 20_000, 40_000]),
})
const join: Drawing = (draw, ground) => ({
  kind: 'join',
  service: someone(draw, ground),
  forMs: draw.between(500, 9000),
})
const interrupt: Drawing = (draw, ground) => ({
  kind: 'interrupt',
  service: someone(draw, ground),
})
const crash: Drawing = (draw) => ({
  kind: 'crash',
  service: enricher(draw),
  point: draw.pick<CrashPoint>(['after-lookup', 'after-publish']),
  downMs: draw.between(50, 4000),
})
/** Mostly the primaries: what a backup is there for. */
const lane: Drawing = (draw, { backups }) => ({
  kind: 'lane',
  lane: backups && draw.chance(0.15) ? 'backup' : 'router',
  downMs: draw.pick([1000, 4000, 12_000]),
})
const broker: Drawing = (draw, { brokers }) => {
  const mode = draw.pick<BrokerMode>(['lost', 'refusing', 'slow', 'stopped'])
  const forMs = mode === 'stopped' ? draw.pick([1000, 8000, 45_000]) : draw.between(200, 4000)
  return { kind: 'broker', broker: draw.whole(0, brokers - 1), mode, forMs }
}
const leader: Drawing = (draw, { brokers }) => ({
  kind: 'leader',
  broker: draw.whole(0, brokers - 1),
  forMs: draw.pick([2, 50, 400, 2500]),
  back: draw.chance(0.5),
})
const forget: Drawing = (draw, ground) => ({
  kind: 'forget',
  group: draw.chance(0.25) ? 'auditor' : someone(draw, ground),
})
const dependency: Drawing = (draw) => ({
  kind: 'dependency',
  dependency: draw.pick(DEPENDENCIES),
  mode: draw.pick<Mode>(['hang', 'latency', 'latency', 'status', 'refuse', 'badJson']),
  forMs: draw.between(1000, 8000),
})
const override: Drawing = (draw) => ({
  kind: 'override',
  dependency: draw.pick(DEPENDENCIES),
  forMs: draw.between(3000, 9000),
})
const registry: Drawing = (draw) => ({ kind: 'registry', forMs: draw.between(500, 8000) })
const poison: Drawing = (draw, { partitions }) => ({
  kind: 'poison',
  topic: draw.pick(['call.lookup', 'call.routed']),
  partition: draw.whole(0, partitions - 1),
})

/** How often each is drawn. */
const WEIGHTS: readonly (readonly [number, Drawing])[] = [
  [3, kill],
  [2, restart],
  [2, freeze],
  [2, join],
  [1, interrupt],
  [1, crash],
  [2, lane],
  [3, broker],
  [3, leader],
  [1, forget],
  [4, dependency],
  [2, override],
  [2, registry],
  [1, poison],
]
const WEIGHT = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0)

function drawFault(draw: Dice, ground: Ground): Fault {
  let left = draw.whole(1, WEIGHT)
  for (const [weight, drawing] of WEIGHTS) {
    left -= weight
    if (left <= 0) return drawing(draw, ground)
  }
  return poison(draw, ground)
}
