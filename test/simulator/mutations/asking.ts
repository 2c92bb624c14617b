/** How enrichers ask: design §5; how fresh what they tell is stands in freshness.ts. */
import type { Plan } from '../plan.ts'
import type { Mutation } from './mutation.ts'
import { faulty, meeting } from './where.ts'

const handover = faulty(
  { kind: 'kill', service: 'enricher' },
  { kind: 'crash', service: 'enricher' },
  { kind: 'restart', service: 'enricher' },
  { kind: 'join', service: 'enricher' },
  { kind: 'interrupt', service: 'enricher' },
)
const ill = faulty({ kind: 'dependency' })
/** More calls at a time than answers one after the other. */
const isCrowded = ({ arrivals }: Plan): boolean =>
  arrivals.length > 100 && (arrivals.at(-1)?.atMs ?? 0) < 10_000
/** Its switch gives it less time than any dependency may take. */
const isShort = ({ value }: Plan['arrivals'][number]): boolean =>
  (value.decideWithinMs ?? Infinity) < 2000
const core = 'test/unit/enricher/core.test.ts'
const shell = 'test/unit/enricher/enricher.test.ts'
const neighbours = 'test/unit/enricher/neighbours.test.ts'
const repeats = 'test/unit/enricher/repeats.test.ts'
const NOT_PLANNED = 'no world plans it'
const HIDDEN = 'what a source says to whom is hidden from the judge'

export const ASKING: readonly Mutation[] = [
  {
    id: 'budget-beyond-decision',
    rule: '§5 Budget',
    broken: "a lookup may last for its dependency's timeout, however little time the call has",
    file: 'services/enricher/core/budget.ts',
    find: 'Math.min(startedAt + timeoutMs, decideByOf(question) - enricherMarginMs)',
    put: 'startedAt + timeoutMs',
    where: (plan) => ill(plan) && plan.arrivals.some(isShort),
  },
  {
    id: 'budget-from-reading',
    rule: '§5 Budget',
    broken: "a budget counts from when the arrival was read, not from the arrival's append time",
    file: 'services/enricher/lookups.ts',
    find: 'startedAt: read.arrivedAt,\n',
    put: 'startedAt: options.brokerNow(),\n',
    where: handover,
  },
  {
    id: 'timeout-left-to-connection',
    rule: '§5 Budget',
    broken: 'a hanging connection is waited for, no timer ends the budget',
    file: 'services/enricher/asking.ts',
    find: "this.#timers.set('budget', atHostMs - this.#shared.clock.nowMs(), end)",
    put: 'void end',
    where: ill,
  },
  {
    id: 'late-answer-kept',
    rule: '§5 Budget',
    broken: 'an answer after the timeout event is not published',
    file: 'services/enricher/core/flow.ts',
    find: "return over(flow, { kind: 'late', live }, { kind: 'leave' })",
    put: "return over(flow, { kind: 'leave' })",
    seenBy: { test: shell, because: HIDDEN },
  },
  {
    id: 'expired-looked-up',
    rule: '§5 Budget',
    broken: 'a request is looked up though its time is over',
    file: 'services/enricher/core/budget.ts',
    find: 'if (endsAt <= now || endsAt <= startedAt) return { open: false }',
    put: 'if (endsAt <= startedAt) return { open: false }',
    where: handover,
  },
  {
    id: 'unsafe-retry',
    rule: '§5 Trying',
    broken: 'a failure that is not safe to repeat is repeated',
    file: 'services/enricher/core/retry.ts',
    find: 'if (!failure.retry || attempts',
    put: 'if (attempts',
    seenBy: { test: core, because: HIDDEN },
  },
  {
    id: 'retry-beyond-budget',
    rule: '§5 Trying',
    broken: 'a try begins though too little of the budget is left',
    file: 'services/enricher/core/retry.ts',
    find: 'return delayMs + settings.tryMsMin <= leftMs ? delayMs : null',
    put: 'return delayMs',
    seenBy: { test: core, because: HIDDEN },
  },
  {
    id: 'retry-after-ignored',
    rule: '§5 Trying',
    broken: 'Retry-After is ignored',
    file: 'services/enricher/core/retry.ts',
    find: 'failure.retryAfterMs ?? 0',
    put: '0',
    seenBy: { test: core, because: NOT_PLANNED },
  },
  {
    id: 'breaker-counts-records',
    rule: '§5 Trying',
    broken: 'errors that concern one record open the circuit breaker',
    file: 'services/enricher/tries.ts',
    find: "if (live.kind !== 'FAILED' || live.blame === 'record') {",
    put: "if (live.kind !== 'FAILED') {",
    where: faulty({ kind: 'dependency', mode: 'badJson' }),
  },
  {
    id: 'one-at-a-time',
    rule: '§5 Trying',
    broken: 'lookups of a dependency go one after the other',
    file: 'services/enricher/core/bulkhead.ts',
    find: 'if (holders.size >= settings.slots) return\n',
    put: 'if (holders.size >= 1) return\n',
    where: isCrowded,
  },
  {
    id: 'slots-unbounded',
    rule: '§5 Trying',
    broken: 'however many lookups are under way, another one begins',
    file: 'services/enricher/core/bulkhead.ts',
    find: 'if (holders.size >= settings.slots) return\n',
    put: '',
    seenBy: { test: core, because: 'worlds of a hundred calls never reach the limits' },
  },
  {
    id: 'circuit-stays-closed',
    rule: '§5 Trying',
    broken: 'a dependency that fails again and again is asked on',
    file: 'services/enricher/core/breaker.ts',
    find: 'if (failures >= settings.failuresMax) openedAt = nowMs',
    put: '',
    seenBy: { test: core, because: 'asking on breaks no promise to a caller' },
  },
  {
    id: 'needs-unmet-waits',
    rule: '§5 Asking',
    broken: 'a lookup whose need is not met waits out its budget',
    file: 'services/enricher/reading.ts',
    find: 'state.needs.settle(',
    put: 'if (value !== null) state.needs.settle(',
  },
  {
    id: 'neighbours-untold',
    rule: '§5 Asking',
    broken: 'what settles in a process is heard there by the log alone',
    file: 'services/enricher/lookups.ts',
    find: 'options.neighbours.tell(job.state.partition, record, options.brokerNow())',
    put: '',
    seenBy: { test: neighbours, because: 'the log tells the same, only later' },
  },
  {
    id: 'neighbours-before-history',
    rule: '§4.4',
    broken: 'a neighbour is listened to before the records that stand in the log were read',
    file: 'services/enricher/partition.ts',
    find: 'hears: () => readTo >= hearsFrom',
    put: 'hears: () => true',
    seenBy: { test: neighbours, because: 'a repeat and its answer come too close together there' },
  },
  {
    id: 'repeats-by-inequality',
    rule: '§4.5',
    broken:
      'the first arrival of a request is passed over where an enricher beside has read a later one',
    file: 'services/enricher/repeats.ts',
    find: 'return first < offset',
    put: 'return first !== Infinity && first !== offset',
    seenBy: {
      test: repeats,
      because: 'enrichers of a process hardly ever begin at different offsets there',
    },
  },
  {
    id: 'repeats-not-noted-earlier',
    rule: '§4.5',
    broken: 'an enricher behind another one is not told its own repeats',
    file: 'services/enricher/repeats.ts',
    find: 'if (offset < first) {',
    put: 'if (first === Infinity) {',
    seenBy: {
      test: repeats,
      because: 'a second lookup of a request changes nothing',
    },
  },
  {
    id: 'needs-forgotten-at-once',
    rule: '§5 Asking',
    broken: 'what settled before is forgotten as soon as something else settles',
    file: 'services/enricher/needs.ts',
    find: 'forget(met.settledAt - keptMs())',
    put: 'forget(met.settledAt)',
    seenBy: {
      test: 'test/unit/enricher/needs.test.ts',
      because: 'arrivals are nearly always read before what they need settles',
    },
  },
  {
    id: 'needs-by-shortest-window',
    rule: '§6 Versions',
    broken: 'what calls under a longer window need is forgotten once a shorter one is published',
    file: 'services/enricher/needed.ts',
    find: 'Math.max(...windowsMs)',
    put: 'Math.min(...windowsMs)',
    seenBy: {
      test: 'test/unit/enricher/needed.test.ts',
      because: 'arrivals are nearly always read before what they need settles',
    },
  },
  {
    id: 'needs-not-rewound',
    rule: '§5 Asking',
    broken: 'after a restart call.lookup is read from its end on, what was needed is missed',
    file: 'services/enricher/recovery.ts',
    find: "const offsets = await client.offsets.at('call.lookup', since(partition) - maxClockSkewMs)",
    put: "const offsets = await client.offsets.ends('call.lookup')",
    where: faulty(
      { kind: 'restart', service: 'enricher billing' },
      { kind: 'join', service: 'enricher billing' },
      { kind: 'interrupt', service: 'enricher billing' },
    ),
  },
  {
    id: 'withheld-number-used',
    rule: '§5 Asking',
    broken: 'a withheld number is used where the switch sent it along',
    file: 'services/enricher/core/question.ts',
    find: "return ani === null || ani === '' || aniPresentation !== 'ALLOWED'",
    put: "return ani === null || ani === ''",
  },
  {
    id: 'lookup-commits-received',
    rule: '§5 Commits',
    broken: 'what was read is committed, settled or not',
    file: 'services/enricher/reading.ts',
    find: 'open.began()\n',
    put: 'open.began()\n  state.prefix.finish(offset)\n',
    where: handover,
  },
  {
    id: 'lookup-commits-unacknowledged',
    rule: '§5 Commits',
    broken: 'an arrival is released before the record of its lookup is acknowledged',
    file: 'services/enricher/lookups.ts',
    find: 'if (!(await publishing)) return',
    put: 'void publishing',
    where: meeting(
      { kind: 'broker', mode: 'refusing' },
      { kind: 'kill', service: 'enricher' },
      { kind: 'crash', service: 'enricher' },
    ),
  },
  {
    id: 'lookup-commits-beyond-open',
    rule: '§5 Commits',
    broken: 'what is committed is what was settled last, whatever is still open before it',
    file: 'services/domain/prefix.ts',
    find: 'if (!unfinished.delete(offset) || offset !== first) return',
    put: 'if (!unfinished.delete(offset)) return',
    also: [
      {
        file: 'services/domain/prefix.ts',
        find: 'moved = next ?? {',
        put: 'moved = offset > (moved?.offset ?? -1) ? { offset: offset + 1, appendedAt: last.appendedAt } : moved ?? {',
      },
    ],
    where: handover,
  },
  {
    id: 'stop-drops-lookups',
    rule: '§5 Commits',
    broken: 'an enricher that is stopped drops the lookups that are under way',
    file: 'services/enricher/enricher.ts',
    find: 'reading.drained(DRAIN_MS)',
    put: 'Promise.resolve()',
    seenBy: { test: shell, because: 'whoever takes over asks again, mostly in time' },
  },
]
