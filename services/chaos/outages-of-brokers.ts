/** When brokers can't append: leaders that are gone and not replaced yet, and a quorum that is lost. */
import type { Deployment } from './outages.ts'
import { type Span, union } from './spans.ts'
import type { BrokerEvent, TruthLine } from './truth.ts'

/** broker.session.timeout.ms of the embedded cluster: so long a silent broker still counts. */
const SESSION_MS = 4000
/**
 * Until clients append again once a leader can be had: an election (and a new controller where that died
 * too: its own election takes up to 2 s), then clients ask for the metadata again.
 */
const LEADER_FOUND_MS = 3500
/** A request that a stopped broker holds is given up after so long, and only then sent elsewhere. */
const REQUEST_MS = 4000
/** After a lost quorum: an election, brokers register and catch up, clients come out of their pauses. */
const QUORUM_BACK_MS = 8000

type State = 'up' | 'dead' | 'stopped'

const STATE_AFTER: Readonly<Partial<Record<BrokerEvent, State>>> = {
  back: 'up',
  SIGCONT: 'up',
  SIGKILL: 'dead',
  restarting: 'dead',
  SIGTERM: 'dead',
  SIGSTOP: 'stopped',
}

/** A node that could not serve. `toMs` is when it came back, or the end of the run. */
interface Absence extends Span {
  readonly node: string
  readonly stopped: boolean
}

/** Each from the first of its harm; harm to one that is dead already changes nothing. */
function absencesOf(truth: readonly TruthLine[], endedAt: number): readonly Absence[] {
  const absences: Absence[] = []
  const began = new Map<string, { atMs: number; stopped: boolean }>()
  for (const line of truth) {
    if (line.kind !== 'broker') continue
    const state = STATE_AFTER[line.detail.what]
    const open = began.get(line.target)
    if (state === 'up' && open !== undefined) {
      absences.push({ node: line.target, fromMs: open.atMs, toMs: line.at, stopped: open.stopped })
      began.delete(line.target)
    } else if (state !== undefined && state !== 'up' && open === undefined) {
      began.set(line.target, { atMs: line.at, stopped: state === 'stopped' })
    } else if (state === 'dead' && open !== undefined) {
      began.set(line.target, { ...open, stopped: false })
    }
  }
  for (const [node, { atMs, stopped }] of began) {
    absences.push({ node, fromMs: atMs, toMs: endedAt, stopped })
  }
  return absences
}

/**
 * One of three: what it led has no leader until its session is over, or it is back before that. It also
 * holds up what others lead, because acks=all waits for it while it is counted in sync; the controller
 * drops it at the same moment.
 */
function ofOne({ fromMs, toMs, stopped }: Absence): Span {
  const waited = toMs - fromMs > SESSION_MS
  const heldMs = waited && stopped ? REQUEST_MS : 0
  return { fromMs, toMs: Math.min(toMs, fromMs + SESSION_MS) + heldMs + LEADER_FOUND_MS }
}

/** From the absence that was one too many until enough are back. */
function ofMany(absences: readonly Absence[], allowed: number): readonly Span[] {
  const absentAt = (timeMs: number): number =>
    new Set(
      absences
        .filter(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs)
        .map(({ node }) => node),
    ).size
  const edges = [...new Set(absences.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))]
  const sorted = edges.toSorted((a, b) => a - b)
  return sorted.flatMap((fromMs, index): Span[] => {
    const toMs = sorted[index + 1]
    if (toMs === undefined || absentAt(fromMs) <= allowed) return []
    return [{ fromMs, toMs: toMs + QUORUM_BACK_MS }]
  })
}

export function brokerOutages(
  truth: readonly TruthLine[],
  { brokers, endedAt }: Deployment,
): readonly Span[] {
  const absences = absencesOf(truth, endedAt)
  const allowed = brokers >= 3 ? 1 : 0
  const single = brokers >= 3 ? absences.map(ofOne) : []
  return union([...single, ...ofMany(absences, allowed)])
}
