/**
 * Makes a failing plan as small as it gets while the same promise still breaks: by leaving out faults,
 * arrivals and processes, and by making what is left plainer. The plan is data, so what is left is a
 * test that no change of how worlds are drawn can take away.
 */
import { endOf, type Arrival, type Fault, type Plan, type PlannedFault } from './plan.ts'

/** Whether a plan still does what is to be shown. */
export type StillBreaks = (plan: Plan) => Promise<boolean>

interface Shrinking {
  plan: Plan
  /** Takes the plan when it still breaks. */
  tries(plan: Plan): Promise<boolean>
}

/** `triesMax` bounds the worlds that are run. */
export async function shrink(
  whole: Plan,
  stillBreaks: StillBreaks,
  triesMax = 2000,
): Promise<Plan> {
  let left = triesMax
  const shrinking: Shrinking = {
    plan: whole,
    async tries(plan) {
      if (left <= 0 || sameText(plan, shrinking.plan)) return false
      left -= 1
      const ended = { ...plan, endMs: endOfPlan(plan) }
      if (!(await stillBreaks(ended))) return false
      shrinking.plan = ended
      return true
    },
  }
  for (let before = ''; before !== textOf(shrinking.plan); ) {
    before = textOf(shrinking.plan)
    await fewer(shrinking, 'faults')
    await fewer(shrinking, 'arrivals')
    for (const plainer of SHAPES) await shrinking.tries(plainer(shrinking.plan))
    await plainerArrivals(shrinking)
    await shorterFaults(shrinking)
  }
  return shrinking.plan
}

const textOf = (plan: Plan): string => JSON.stringify(plan)
const sameText = (one: Plan, other: Plan): boolean => textOf(one) === textOf(other)

function endOfPlan({ arrivals, faults }: Plan): number {
  return Math.max(0, ...arrivals.map(({ atMs }) => atMs), ...faults.map(endOf))
}

/** Leaves out ever smaller pieces of a list. */
async function fewer(shrinking: Shrinking, list: 'faults' | 'arrivals'): Promise<void> {
  const length = (): number => shrinking.plan[list].length
  for (let size = length(); size >= 1; size = Math.floor(size / 2)) {
    for (let from = length() - size; from > -size; ) {
      const { plan } = shrinking
      const start = Math.max(0, from)
      const kept = (_: unknown, index: number): boolean => index < start || index >= start + size
      await shrinking.tries({ ...plan, [list]: plan[list].filter(kept) })
      from -= size
    }
  }
}

/** What of a world may be plainer, the greatest simplification first. */
const SHAPES: readonly ((plan: Plan) => Plan)[] = [
  (plan) => onePartition(plan),
  (plan) => ({ ...plan, limits: null }),
  (plan) => ({ ...plan, backups: 0, backupsAtMs: 0 }),
  (plan) => ({ ...plan, backups: Math.min(1, plan.backups) }),
  (plan) => ({ ...plan, backupsAtMs: 0 }),
  (plan) => ({ ...plan, routers: 1 }),
  (plan) => ({ ...plan, routers: Math.min(2, plan.routers) }),
  (plan) => ({ ...plan, enrichers: 1 }),
  (plan) => ({ ...plan, together: false }),
  (plan) => ({ ...plan, skewsMs: plan.skewsMs.map(() => 0) }),
  (plan) => ({ ...plan, maxClockSkewMs: 50, skewsMs: plan.skewsMs.map((ms) => Math.min(50, ms)) }),
  (plan) => ({ ...plan, latencyMsMax: 2 }),
  (plan) => ({ ...plan, fetch: { msMax: 4, recordsMax: 1 } }),
  (plan) => sooner(plan),
  (plan) => ({ ...plan, arrivals: plan.arrivals.map(rounded), faults: plan.faults.map(rounded) }),
]

function onePartition(plan: Plan): Plan {
  return {
    ...plan,
    partitions: 1,
    arrivals: plan.arrivals.map((one) => ({ ...one, partition: 0 })),
    faults: plan.faults.map((one) => ('partition' in one ? { ...one, partition: 0 } : one)),
  }
}

/** The first thing happens at once. */
function sooner(plan: Plan): Plan {
  const all = [...plan.arrivals, ...plan.faults]
  const byMs = Math.min(...all.map(({ atMs }) => atMs))
  if (!Number.isFinite(byMs)) return plan
  const earlier = <T extends { readonly atMs: number }>(one: T): T => ({
    ...one,
    atMs: one.atMs - byMs,
  })
  return { ...plan, arrivals: plan.arrivals.map(earlier), faults: plan.faults.map(earlier) }
}

const rounded = <T extends { readonly atMs: number }>(one: T): T => ({
  ...one,
  atMs: Math.round(one.atMs / 10) * 10,
})

async function plainerArrivals(shrinking: Shrinking): Promise<void> {
  for (let index = 0; index < shrinking.plan.arrivals.length; index += 1) {
    for (const plainer of PLAINER) {
      const { plan } = shrinking
      const arrivals = plan.arrivals.map((one, at) => (at === index ? plainer(one) : one))
      await shrinking.tries({ ...plan, arrivals })
    }
  }
}

const changing =
  (change: Partial<Arrival['value']>) =>
  (arrival: Arrival): Arrival => ({ ...arrival, value: { ...arrival.value, ...change } })

const PLAINER: readonly ((arrival: Arrival) => Arrival)[] = [
  (arrival) => ({ ...arrival, spoilt: null }),
  (arrival) => ({ ...arrival, foreignSchema: false }),
  changing({ decideWithinMs: null }),
  changing({ virtualAgent: null, callerAuth: 'NONE', aniVerification: 'NOT_CHECKED' }),
  changing({ language: null, ced: null, ivrChoice: null, ivrIntent: null }),
]

async function shorterFaults(shrinking: Shrinking): Promise<void> {
  for (let index = 0; index < shrinking.plan.faults.length; index += 1) {
    for (let shorter = true; shorter; ) {
      const { plan } = shrinking
      const faults = plan.faults.map((one, at) => (at === index ? halved(one) : one))
      shorter = await shrinking.tries({ ...plan, faults })
    }
  }
}

/** Half as long, in whole hundreds of milliseconds; short ones stay as they are. */
function halved<F extends Fault & Pick<PlannedFault, 'atMs'>>(fault: F): F {
  const half = (ms: number): number => (ms <= 200 ? ms : Math.ceil(ms / 200) * 100)
  if ('forMs' in fault) return { ...fault, forMs: half(fault.forMs) }
  return 'downMs' in fault ? { ...fault, downMs: half(fault.downMs) } : fault
}
