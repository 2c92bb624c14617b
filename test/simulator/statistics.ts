/** Counts that prove what a run was. */
import type { Outage, Topics } from '../../services/audit/verify/evidence.ts'
import { isVoid } from '../../services/domain/horizon.ts'
import type { Statistics } from './judge.ts'
import type { Run } from './world.ts'

/** `nobodyDecides`: when no router of any lane was at work for a partition. */
export function statisticsOf(
  run: Run,
  topics: Topics,
  nobodyDecides: (partition: number) => readonly Outage[],
): Statistics {
  const routed = topics.routed.flatMap(({ value }) => (value === null ? [] : [value]))
  const told = topics.decisions.flatMap(({ value }) => (value === null ? [] : [value]))
  const effective = told.filter((value) => value.effective)
  const counts: { [name: string]: number } = {
    calls: run.acked.length,
    decisions: routed.length,
    'decisions that lost': told.length - effective.length,
    'effective decisions': effective.length,
    'effective decisions of a backup': effective.filter(({ lane }) => lane === 'BACKUP').length,
    'reduced decisions': routed.filter(({ flags }) => flags.includes('RECORD_REDUCED')).length,
    'void decisions': topics.routed.filter(
      ({ value, appendedAt }) => value !== null && isVoid(value.decidedAt, appendedAt),
    ).length,
    'late answers': topics.late.length,
    fallbacks: topics.fallbacks.length,
    'dead letters': topics.deadLetters.length,
    'lost acknowledgements': run.storm.lostAcknowledgements,
    'refused requests': run.storm.refusedRequests,
    'arrivals on the wire twice': topics.arrived.length - run.plan.arrivals.length,
    'append times that went back': wentBack(topics),
  }
  for (const { trigger } of routed) count(counts, `trigger ${trigger}`)
  const outages = Array.from({ length: run.plan.partitions }, (_, at) => nobodyDecides(at))
  for (const record of topics.routed) {
    if (record.value === null) continue
    const arrivedAt = record.value.arrivedAt
    const excused = (outages[record.partition] ?? []).some(
      ({ fromMs, toMs }) => fromMs <= record.appendedAt && arrivedAt <= toMs,
    )
    if (!excused) count(counts, 'decisions owed in time')
  }
  for (const [name, times] of run.struck) counts[`fault: ${name}`] = times
  return counts
}

function wentBack({ arrived, lookups, routed }: Topics): number {
  return [arrived, lookups, routed]
    .flatMap((records) =>
      records.map((record, index) => [records[index - 1] ?? record, record] as const),
    )
    .filter(([before, after]) => before.partition === after.partition)
    .filter(([before, after]) => after.appendedAt < before.appendedAt).length
}

function count(counts: { [name: string]: number }, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
