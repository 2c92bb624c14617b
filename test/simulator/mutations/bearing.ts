/** What a router bears: overdue work, load, poison, a silent registry, a slow broker (design §4.8 to §4.11). */
import type { Mutation } from './mutation.ts'
import { faulty } from './where.ts'

const NO_TIME = 'in virtual time no work takes any'
const TOO_FEW = 'worlds of a hundred calls never reach the limits'
const core = 'test/unit/router/core.test.ts'

export const BEARING: readonly Mutation[] = [
  {
    id: 'overdue-first',
    rule: '§4.8',
    broken: 'overdue requests are decided before those in time',
    file: 'services/router/core/deciding.ts',
    find: 'if (!state.gate.open) return\n  for (;;) {',
    put: 'if (!state.gate.open) return\n  drainOverdue(state, overdueMax, now)\n  for (;;) {',
    seenBy: { test: core, because: NO_TIME },
  },
  {
    id: 'overdue-all-at-once',
    rule: '§4.8',
    broken: 'all overdue requests are decided in one tick, however many',
    file: 'services/router/core/deciding.ts',
    find: 'let left = overdueMax',
    put: 'let left = Infinity',
    seenBy: { test: core, because: NO_TIME },
  },
  {
    id: 'open-requests-unbounded',
    rule: '§4.9',
    broken: 'however many requests are open, none is decided to make room',
    file: 'services/router/core/deciding.ts',
    find: 'while (state.inTime > state.config.openMax) {',
    put: 'while (state.inTime > Infinity) {',
    seenBy: { test: core, because: TOO_FEW },
  },
  {
    id: 'early-lookups-unbounded',
    rule: '§4.9',
    broken: 'lookups whose arrival was not read yet are kept without a bound',
    file: 'services/router/core/markers.ts',
    find: 'if (size <= max) break',
    put: 'break',
    seenBy: { test: core, because: TOO_FEW },
  },
  {
    id: 'reduced-unflagged',
    rule: '§4.9',
    broken: 'a decision too large for a record is reduced without a flag that says so',
    file: 'services/router/core/decision.ts',
    find: 'flags: [...new Set([...decision.flags, REDUCED_FLAG])].toSorted(),',
    put: 'flags: decision.flags,',
    where: ({ limits }) => limits !== null,
  },
  {
    id: 'unreadable-undecided',
    rule: '§4.10',
    broken: 'an arrival with a key that can not be decoded gets no decision',
    file: 'services/router/reading.ts',
    find: ": ({ type: 'unreadable', detail: message, ...place } as const)",
    put: ': passedOver(record)',
  },
  {
    id: 'dead-letter-forgotten',
    rule: '§4.10',
    broken: 'an unreadable arrival is not set aside',
    file: 'services/router/intake.ts',
    find: "if (read.kind === 'poison') void setAside(record, read.code, read.message)",
    put: '',
  },
  {
    id: 'value-names-the-call',
    rule: '§4.10',
    broken: 'an arrival is decided under the id in its value, whatever its key says',
    file: 'services/router/reading.ts',
    find: 'if (!isKeyOf(key, callId)) {',
    put: 'if (key.length === 0) {',
  },
  {
    id: 'outage-is-poison',
    rule: '§4.10',
    broken: 'an arrival whose schema is not known yet is set aside as unreadable',
    file: 'services/router/reading.ts',
    find: 'if (!decoded.retry) return poison(record, decoded.code, decoded.message)',
    put: "if (decoded.retry) return poison(record, 'XP_SCHEMA_UNKNOWN', 'no schema yet')\n  return poison(record, decoded.code, decoded.message)",
  },
  {
    id: 'registry-asked-once',
    rule: '§4.10',
    broken: 'a registry that does not answer is taken for one that knows no such schema',
    file: 'services/router/schema-desk.ts',
    find: 'if (still.length === 0) break',
    put: 'break',
    where: faulty({ kind: 'registry' }),
  },
  {
    id: 'held-for-ever',
    rule: '§4.10',
    broken: 'a call whose schema can not be had waits for it past its deadline',
    file: 'services/router/core/deciding.ts',
    find: 'if (next.gone || next.overdue || next.decided !== null) continue',
    put: "if (next.gone || next.overdue || next.decided !== null || next.reading.state === 'HELD') continue",
    where: faulty({ kind: 'registry' }),
  },
  {
    id: 'decisions-in-a-row',
    rule: '§4.11',
    broken: 'a decision is sent when the one before is acknowledged, whatever its broker',
    file: 'services/router/publisher.ts',
    find: 'const ack = await producer.append(record)',
    put: 'const before = tracking.last\n    const sent = before.catch(() => null).then(() => producer.append(record))\n    tracking.last = sent\n    const ack = await sent',
    also: [
      {
        file: 'services/router/publisher.ts',
        find: 'const tracking = createTracking(clock)',
        put: 'const tracking = { ...createTracking(clock), last: Promise.resolve(null) as Promise<unknown> }',
      },
    ],
    seenBy: {
      test: 'test/unit/router/shell.test.ts',
      because: 'the judge excuses all calls while any broker is in trouble',
    },
  },
]
