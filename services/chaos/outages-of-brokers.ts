/** When brokers can't append: leaders that are gone and not replaced yet, and a quorum that is lost. */
import type { Deployment } from './outages.ts'
import { type Span, union } from './spans.ts'
import type { BrokerEvent, TruthLine } from './truth.ts'

/** broker.session.timeout.ms of the embedded cluster: so long a silent broker still counts. */
const SESSION_MS = 4000
/**
 * One broker of three is the controller, and which one the log does not tell. Where that is gone, its
 * successor is elected after the 2 s without it (controller.quorum.fetch.timeout.ms) and at most 2 s
 * more, and counts every session anew.
 */
const CONTROLLER_MS = 4000
/**
 * Until clients append again once a leader can be had: they ask a second after the first silence and
 * then twice a second who leads, and come out of their pauses.
 */
const LEADER_FOUND_MS = 3500
/** After a lost quorum: an election, brokers register and catch up, clients come out of their pauses. */
const QUORUM_BACK_MS = 8000

/**
 * After leaders moved: clients are refused and learn who leads, followers that asked the new leader too early
 * ask again (replica.fetch.backoff.ms), and what waited meanwhile is appended. And how long before it was seen
 * they may have: looks are half a second apart. One that had no answer for longer proves nothing of that time.
 */
const MOVED_MS = 1000
const UNSEEN_MS_MAX = 1000

type State = 'up' | 'down'

const STATE_AFTER: Readonly<Partial<Record<BrokerEvent, State>>> = {
  back: 'up',
  SIGCONT: 'up',
  SIGKILL: 'down',
  restarting: 'down',
  SIGTERM: 'down',
  SIGSTOP: 'down',
  // It ends itself at the next append.
  full: 'down',
}

/** A node that could not serve. `toMs` is when it came back, or the end of the run. */
interface Absence extends Span {
  readonly node: string
}

/** Each from the first of its harm; harm to one that is dead already changes nothing. */
function absencesOf(truth: readonly TruthLine[], endedAt: number): readonly Absence[] {
  const absences: Absence[] = []
  const began = new Map<string, number>()
  for (const line of truth) {
    if (line.kind !== 'broker') continue
    const state = STATE_AFTER[line.detail.what]
    const fromMs = began.get(line.target)
    if (state === 'up' && fromMs !== undefined) {
      absences.push({ node: line.target, fromMs, toMs: line.at })
      began.delete(line.target)
    } else if (state === 'down' && fromMs === undefined) {
      began.set(line.target, line.at)
    }
  }
  for (const [node, fromMs] of began) absences.push({ node, fromMs, toMs: endedAt })
  return absences
}

/**
 * One of three: what it led has no leader until its session is over, or it is back before that. It also
 * holds up what others lead, because acks=all waits for it while it is counted in sync; the controller
 * drops it at the same moment.
 */
function ofOne({ fromMs, toMs }: Absence): Span {
  const isReplaced = toMs - fromMs > SESSION_MS
  const leaderMs = isReplaced ? fromMs + SESSION_MS + CONTROLLER_MS : toMs
  return { fromMs, toMs: leaderMs + LEADER_FOUND_MS }
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

/** Brokers gave leaders to one another, unasked too: somewhen between two looks. */
const ofMoves = (truth: readonly TruthLine[]): readonly Span[] =>
  truth.flatMap((line): Span[] =>
    line.kind === 'leaders'
      ? [
          {
            fromMs: line.at - Math.min(line.detail.sinceMs, UNSEEN_MS_MAX),
            toMs: line.at + MOVED_MS,
          },
        ]
      : [],
  )

export function brokerOutages(
  truth: readonly TruthLine[],
  { brokers, endedAt }: Deployment,
): readonly Span[] {
  const absences = absencesOf(truth, endedAt)
  const allowed = brokers >= 3 ? 1 : 0
  const single = brokers >= 3 ? absences.map(ofOne) : []
  return union([...single, ...ofMany(absences, allowed), ...ofMoves(truth)])
}
