/** Promises that can be held against a world once all has healed and nothing moves any more. */
import { effectiveDecisions } from '../../services/audit/verify/requests.ts'
import type { Topics } from '../../services/audit/verify/evidence.ts'
import type { TopicName } from '../../services/topology.ts'
import type { Lapse } from './circumstances.ts'
import { DEPENDENCIES } from './dependencies.ts'
import { groupOf } from './services.ts'
import type { Run } from './world.ts'

/** §3, §4.1: every acknowledged arrival has a decision that is not void. */
export function everyCallHasAnEffectiveDecision(run: Run, topics: Topics): Lapse[] {
  const effective = [...effectiveDecisions(topics).values()].flat()
  const names = new Set(effective.map(({ value }) => `${value.callId}#${value.requestNo}`))
  const places = new Set(
    effective.map(({ value }) => `${value.arrivalAt.partition}/${value.arrivalAt.offset}`),
  )
  return run.acked.flatMap(({ callId, requestNo, partition, offset }): Lapse[] => {
    if (names.has(`${callId}#${requestNo}`) || places.has(`${partition}/${offset}`)) return []
    return [{ callId, what: `${callId}#${requestNo} has no decision that counts` }]
  })
}

/** §2: dead letters of arrivals have one owner, the primary lane's routers. */
export function deadLettersHaveOneOwner({ broker }: Run): Lapse[] {
  return broker.records('call.arrived.dlt').flatMap(({ headers, key }): Lapse[] => {
    const service = String(headers['dlt-service'])
    if (service.startsWith('router/router-')) return []
    return [
      { callId: String(key), what: `a dead letter of call.arrived was written by ${service}` },
    ]
  })
}

const ARRIVALS: readonly TopicName[] = ['call.arrived']
const AUDITED: readonly TopicName[] = ['call.routed', 'call.lookup']

/** I9: what was read is finished, and committed to the end. */
export function everythingIsCommitted({ broker, plan, forgotten }: Run): Lapse[] {
  const groups = [
    ...(['router', 'backup', ...DEPENDENCIES.map((name) => `enricher ${name}`)] as const)
      .filter((service) => service !== 'backup' || plan.backups > 0)
      .map((service) => ({
        group: groupOf(service as Parameters<typeof groupOf>[0]),
        topics: ARRIVALS,
      })),
    { group: groupOf('auditor'), topics: AUDITED },
  ]
  const lapses: Lapse[] = []
  for (const { group, topics } of groups) {
    if (forgotten.has(group)) continue
    for (const topic of topics) {
      const committed = broker.group(group).committed(topic)
      for (let partition = 0; partition < plan.partitions; partition += 1) {
        const end = broker.log(topic, partition).records.length
        const offset = committed.get(partition)?.offset ?? 0
        if (offset === end) continue
        const what = `group ${group} is at ${offset} of ${end} in ${topic} ${partition} when all is quiet`
        lapses.push({ callId: '', what })
      }
    }
  }
  return lapses
}
