/** When a lane can't decide: none of its routers holds a partition, or it can't reach the brokers. */
import type { Deployment } from './outages.ts'
import type { Role, Trouble } from './scenario.ts'
import { type Span, union } from './spans.ts'
import type { ServiceEvent, TruthLine } from './truth.ts'

type Lane = Extract<Role, 'router' | 'backup'>

/** The session of a group's member: so long the partitions of a dead one stay its own. */
const SESSION_MS = 6000
/**
 * From the end of a session to deciding again: the others hear of it with their next heartbeat (500 ms),
 * join and sync, read lookups and markers back to the gate.
 */
const TAKE_UP_MS = 4000
/** One that slept less than its session reads to the ends of lookups and markers before it publishes. */
const WAKE_MS = 1000
/** After a trouble of the network: a pause of the client, a connection, what is in the way first. */
const RECONNECT_MS = 4500

/**
 * From the giving back of a right to decisions: every broker hears of it, a router tries what was refused
 * four times a second, and what piled up shares the way with what is due.
 */
const RIGHT_BACK_MS = 1500

/** Shorter than after a sleep: connections and sessions are whole. */
const STALL_READ_MS = 300
/** What piled up in a core's absence is decided beside what is due: a window's calls, at ten times their rate. */
const BACKLOG_MS = 2500

/** When a router of the lane could decide; `toMs` is Infinity while it can. */
interface Service extends Span {
  readonly name: string
  /** Left in order, so that the others need not wait for its session. */
  readonly inOrder: boolean
}

type ServiceLine = Extract<TruthLine, { readonly kind: 'service' }>

/** One that died of itself is no fault of ours, and excuses nothing. */
const ENDS: ReadonlySet<ServiceEvent> = new Set<ServiceEvent>([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'ended',
])

const linesOf = (truth: readonly TruthLine[], lane: Lane): readonly ServiceLine[] =>
  truth.filter((line): line is ServiceLine => line.kind === 'service' && line.detail.role === lane)

function servicesOf(lines: readonly ServiceLine[]): readonly Service[] {
  const ready = lines.filter(({ detail }) => detail.what === 'ready')
  return ready.map(({ at, target: name }) => {
    const end = lines.find((line) => line.target === name && ENDS.has(line.detail.what))
    const inOrder = end !== undefined && ['SIGTERM', 'SIGINT'].includes(end.detail.what)
    return { name, fromMs: at, toMs: end?.at ?? Infinity, inOrder }
  })
}

interface Sleep extends Span {
  readonly name: string
}

function sleepsOf(lines: readonly ServiceLine[], endedAt: number): readonly Sleep[] {
  return lines.flatMap((line): Sleep[] => {
    const { at, target: name, detail } = line
    if (detail.what !== 'SIGSTOP') return []
    const woken = lines.find(
      (one) => one.at >= at && one.target === name && one.detail.what === 'SIGCONT',
    )
    return [{ name, fromMs: at, toMs: woken?.at ?? endedAt }]
  })
}

/** Whether another router of the lane was there to take over, at a moment and for a while after it. */
const othersAt = (services: readonly Service[], name: string, atMs: number): boolean =>
  services.some((one) => one.name !== name && one.fromMs <= atMs && one.toMs > atMs)

/** After one that ended: its session and the taking up, or until a new one is ready. */
function afterEnd(services: readonly Service[], gone: Service, endedAt: number): Span[] {
  const { name, toMs, inOrder } = gone
  if (toMs === Infinity) return []
  if (othersAt(services, name, toMs)) {
    return inOrder ? [] : [{ fromMs: toMs, toMs: toMs + SESSION_MS + TAKE_UP_MS }]
  }
  const next = services.filter((one) => one.fromMs > toMs).map((one) => one.fromMs)
  return [{ fromMs: toMs, toMs: Math.min(endedAt, ...next) }]
}

function whileAsleep(services: readonly Service[], sleep: Sleep): Span {
  const { name, fromMs, toMs } = sleep
  if (toMs - fromMs < SESSION_MS) return { fromMs, toMs: toMs + WAKE_MS }
  const takenUp = fromMs + SESSION_MS + TAKE_UP_MS
  return { fromMs, toMs: othersAt(services, name, fromMs) ? takenUp : toMs + TAKE_UP_MS }
}

const HARMLESS: ReadonlySet<Trouble['kind']> = new Set(['none', 'slowClose'])

/** Whether decisions can't be counted on to reach the brokers in time. */
const isHarmful = (trouble: Trouble, publishMarginMs: number): boolean =>
  trouble.kind === 'latency'
    ? trouble.ms + trouble.jitterMs >= publishMarginMs
    : !HARMLESS.has(trouble.kind)

/** From each line that takes something away to the next, which gives it back, and `afterMs` on. */
function withoutIt<Line extends { readonly at: number }>(
  lines: readonly Line[],
  isTaken: (line: Line) => boolean,
  { endedAt, afterMs }: { readonly endedAt: number; readonly afterMs: number },
): readonly Span[] {
  return lines.flatMap((line, index): Span[] => {
    if (!isTaken(line)) return []
    const back = lines[index + 1]
    return [{ fromMs: line.at, toMs: back === undefined ? endedAt : back.at + afterMs }]
  })
}

function expiriesOf(truth: readonly TruthLine[], endedAt: number): readonly Span[] {
  const shown = truth.filter((line) => line.kind === 'certificate')
  return withoutIt(shown, ({ detail }) => detail.what === 'expired', { endedAt, afterMs: 0 })
}

/** Routers of both lanes are one user: without the right to write decisions neither can. */
function forbidden(truth: readonly TruthLine[], endedAt: number): readonly Span[] {
  const lines = truth
    .filter((line) => line.kind === 'right')
    .filter(({ target, detail }) => target === 'router' && detail.topic === 'call.routed')
  return withoutIt(lines, ({ detail }) => !detail.may, { endedAt, afterMs: RIGHT_BACK_MS })
}

/** A router whose event loop stands still; then it reads to the ends of lookups and markers, as after a sleep. */
function heldUp(truth: readonly TruthLine[], lane: Lane): readonly Span[] {
  return truth.flatMap((line): Span[] =>
    line.kind === 'held up' && line.detail.role === lane
      ? [{ fromMs: line.at, toMs: line.at + line.detail.forMs + STALL_READ_MS }]
      : [],
  )
}

/**
 * One core for everything. Three brokers and the services of one lane take 1.5 cores at 45 calls a second
 * (DESIGN.md), so nobody can promise anything until they have more; with one broker they take less than one.
 */
function starved(truth: readonly TruthLine[], { brokers, endedAt }: Deployment): readonly Span[] {
  if (brokers === 1) return []
  const lines = truth.filter((line) => line.kind === 'cores')
  return withoutIt(lines, ({ target }) => target === 'one', { endedAt, afterMs: BACKLOG_MS })
}

/** When a broker is out of reach of some services, by their name or as one of all. */
export function cutOff(
  truth: readonly TruthLine[],
  whose: Role,
  deployment: Deployment,
): readonly Span[] {
  const { publishMarginMs, endedAt } = deployment
  const expiries = expiriesOf(truth, endedAt)
  const lines = truth.flatMap((line) => {
    if (line.kind !== 'network') return []
    const { link, trouble } = line.detail
    if (link.to !== 'broker' || (link.from !== whose && link.from !== 'services')) return []
    return [{ at: line.at, node: link.node, harmful: isHarmful(trouble, publishMarginMs) }]
  })
  // A link is as the last word on it left it.
  return lines.flatMap(({ at, node, harmful }, index): Span[] => {
    if (!harmful) return []
    const next = lines.slice(index + 1).find((one) => one.node === node || one.node === undefined)
    const passableAt = next?.at ?? endedAt
    // Behind a certificate that has expired no connection is made anew, until it is renewed.
    const expiry = expiries.find((one) => one.fromMs <= passableAt && passableAt < one.toMs)
    const healedAt = expiry?.toMs ?? passableAt
    const evicted = healedAt - at >= SESSION_MS
    return [{ fromMs: at, toMs: healedAt + RECONNECT_MS + (evicted ? TAKE_UP_MS : 0) }]
  })
}

/** A lane that was never started can't decide at any time. */
export function laneOutages(
  truth: readonly TruthLine[],
  lane: Lane,
  deployment: Deployment,
): readonly Span[] {
  const { endedAt } = deployment
  const lines = linesOf(truth, lane)
  const services = servicesOf(lines)
  const [first] = services.toSorted((a, b) => a.fromMs - b.fromMs)
  if (first === undefined) return [{ fromMs: -Infinity, toMs: Infinity }]
  return union([
    { fromMs: -Infinity, toMs: first.fromMs },
    ...services.flatMap((one) => afterEnd(services, one, endedAt)),
    ...sleepsOf(lines, endedAt).map((one) => whileAsleep(services, one)),
    ...cutOff(truth, lane, deployment),
    ...forbidden(truth, endedAt),
    ...heldUp(truth, lane),
    ...starved(truth, deployment),
  ])
}
