/** What the judges must know of a run besides its topics: who was away when, and what held them up. */
import type { Lane } from '../../schemas/records.ts'
import type { Outage, Topics } from '../../services/audit/verify/evidence.ts'
import type { Circumstances } from './circumstances.ts'
import type { Dependency } from './dependencies.ts'
import { governing, policy } from './policies.ts'
import type { Run } from './world.ts'

/** What was done is known in true time; brokers' clocks are ahead of it by up to their skew. */
export const inBrokerTime =
  ({ plan }: Run) =>
  <T extends Outage>(stretch: T): T => ({ ...stretch, toMs: stretch.toMs + plan.maxClockSkewMs })

export function circumstancesOf(run: Run, topics: Topics): Circumstances {
  const seen = inBrokerTime(run)
  const brokerOutages = run.brokerFaults.map(seen)
  const registryOutages = run.registryFaults.map(seen)
  const away = (dependency: Dependency, partition: number): readonly Outage[] =>
    (run.enricherAttendance.get(dependency)?.outages(partition) ?? []).map(seen)
  const lanes = { PRIMARY: run.attendance.router, BACKUP: run.attendance.backup }
  return {
    plan: run.plan,
    topics,
    policy,
    policyAt: governing(run.broker),
    enrichersAway: once(away),
    enricherOutages: once((dependency: Dependency, partition) => [
      ...away(dependency, partition),
      // Billing waits for the customer id that CRM gives.
      ...(dependency === 'billing' ? away('crm', partition) : []),
      ...crowded(run, dependency).map(seen),
      ...brokerOutages,
      ...registryOutages,
    ]),
    laneOutages: once((lane: Lane, partition) => [
      ...lanes[lane].outages(partition).map(seen),
      ...brokerOutages,
    ]),
    takeovers: (lane, partition) => lanes[lane].takeovers(partition),
    rebalances: (lane) => lanes[lane].rebalances().map(seen),
    brokerOutages,
    registryOutages,
    foreign: new Set(
      run.plan.arrivals.flatMap((one) => (one.foreignSchema ? [one.value.callId] : [])),
    ),
  }
}

type Outages<T> = (of: T, partition: number) => readonly Outage[]

/** Works each out once: judges ask for every call. */
function once<T extends string>(work: Outages<T>): Outages<T> {
  const known = new Map<string, readonly Outage[]>()
  return (of, partition) => {
    const key = `${of} ${partition}`
    const found = known.get(key) ?? work(of, partition)
    known.set(key, found)
    return found
  }
}

/** After a fault its enricher may still be working off what came meanwhile, if it has little room. */
const CROWDED_MS = 4000

/** §5: with little room for open lookups, calls behind those that hang are not even read. */
function crowded({ plan, dependencyFaults }: Run, dependency: Dependency): readonly Outage[] {
  if (plan.limits === null) return []
  const needed = dependency === 'billing' ? ['billing', 'crm'] : [dependency]
  return dependencyFaults
    .filter((fault) => needed.includes(fault.dependency))
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + CROWDED_MS }))
}
