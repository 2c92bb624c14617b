/**
 * What a fault campaign is made of. A scenario is one world that is built, put under load, hurt, healed
 * and judged; a row of the fault table (F1 to F25) has one or more of them. A scenario only says what
 * is done and what must hold: how acts reach processes, brokers, network and dependencies is the
 * stage's business, and the verdict is the independent checker's (design §9).
 */
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import type { Cause } from '../../schemas/records.ts'
import type { PromiseId } from '../audit/verify/evidence.ts'
import type { ErrorCode } from '../errors.ts'
import type { TopicName } from '../topology.ts'
import type { LimitName } from './limits.ts'
import type { User } from './sites/secured.ts'
import type { SiteKind } from './sites/site.ts'

export type Role = 'router' | 'backup' | `enricher ${DependencyName}`

/** How many of each service run when the calls begin. */
export interface Crew {
  readonly routers: number
  /** Routers of the lane `backup`; 0 runs without one. */
  readonly backups: number
  /** Of each dependency. */
  readonly enrichers: number
}

export interface Load {
  readonly ratePerS: number
  /** Arrivals are published for so long, whatever becomes of them (open loop). */
  readonly durationMs: number
  /** What the dependencies do from the start, so that calls are in flight when the fault strikes. */
  readonly baseline: Readonly<Partial<Record<DependencyName, Fault>>>
}

export interface Scenario {
  /** The row, a dash and a word: `F1-half-window-backup`. `--scenario F1` takes the whole row. */
  readonly id: string
  readonly row: `F${number}`
  /** For people: what is done, in a line. */
  readonly title: string
  /** For people: what must come of it, or the stated limit. */
  readonly expected: string
  readonly crew: Crew
  readonly load: Load
  /** What cluster it needs; the plain one when absent. */
  readonly site?: SiteKind
  /** Extra environment of services of a role, read when they start. */
  readonly environment?: Readonly<Partial<Record<Role, Readonly<Record<string, string>>>>>
  /** The stated limit that the run shows (limits.ts), where it shows one. */
  readonly limit?: LimitName
  /** Promises that must hold; all ten when absent. */
  readonly promises?: readonly PromiseId[]
  /** What audit.fallback must tell, at least once each: a fault that showed nowhere proves nothing. */
  readonly tells?: readonly Told[]
  /** Names of bounds (bounds.ts) that what was measured is held against. */
  readonly bounds: readonly string[]
  /** Does the harm. Begins once load is steady; resolves when all is healed again. */
  play(stage: Stage): Promise<void>
}

/** A reason that must have been audited; what is absent may be anything. */
export interface Told {
  readonly dependency: DependencyName
  readonly reason?: string
  readonly cause?: Cause
}

/** One running service of ours. */
export interface Actor {
  readonly role: Role
  /** `router-1`; a service started in its stead has a name of its own. */
  readonly name: string
  running(): boolean
  /** SIGKILL, SIGTERM, SIGSTOP, SIGCONT; resolves when an ending one has ended. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** Holds up its event loop; only where it was started to bear that (scenarios/inside.ts). */
  holdUp(forMs: number): void
  /** A number from its metrics page, all label sets added up; null when there is none. */
  metric(name: string): Promise<number | null>
}

/** Who speaks to whom through the proxy. `services`: all of ours; the switch and the ACD go round it. */
export type Link =
  | { readonly from: Role | 'services'; readonly to: 'broker'; readonly node?: number }
  | { readonly from: 'services'; readonly to: 'registry' }

/** What the proxy does to the bytes of a link; directions as seen from our service. */
export type Trouble =
  | { readonly kind: 'none' }
  /** Accepts and forwards nothing, both ways or one. */
  | { readonly kind: 'blackhole'; readonly direction: 'both' | 'out' | 'in' }
  /** Connections are reset now and whenever they are made anew. */
  | { readonly kind: 'reset' }
  /** Nothing listens. */
  | { readonly kind: 'down' }
  /** Bytes arrive later, each way: a round trip takes twice as much. Their order is kept. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  /** Each way, shared by all connections of the link, as a thin line is. */
  | { readonly kind: 'bandwidth'; readonly bytesPerS: number }
  /** Each connection is reset after so many bytes, both ways added up. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The end of a connection is told so much later. */
  | { readonly kind: 'slowClose'; readonly ms: number }

/** What a scenario may do and ask. Every act is written to the ground-truth log with its time. */
export interface Stage {
  readonly windowMs: number
  readonly partitions: number
  readonly nodes: readonly number[]
  /** Rejects when the run is broken off. */
  wait(delayMs: number): Promise<void>
  /** Polls until it is so; rejects, saying `what`, when it takes longer than `withinMs`. */
  until(what: string, isSo: () => Promise<boolean> | boolean, withinMs: number): Promise<void>

  /** Services that run, in order of start. */
  actors(role: Role): readonly Actor[]
  /** Starts one more; resolves when it is ready. */
  start(role: Role, environment?: Readonly<Record<string, string>>): Promise<Actor>

  /** Starts one that must refuse to run; resolves when it has ended by itself and said why, of that topic. */
  refused(role: Role, code: ErrorCode, topic: TopicName): Promise<void>
  /**
   * Waits until a service of a role logs a code that people are told, since the last strike; with a
   * topic, of that topic. Rejects when none does within `withinMs`: a fault must not go by unsaid.
   */
  says(role: Role, code: ErrorCode, withinMs: number, topic?: TopicName): Promise<void>

  readonly brokers: {
    kill(node: number, signal: NodeJS.Signals): Promise<void>
    restart(node: number): Promise<void>
    leaderOf(topic: string, partition: number): Promise<number>
    coordinatorOf(role: Role): Promise<number>
  }
  /** Of a secured cluster. */
  readonly access: {
    /** Whether a user may write a topic, from now on. */
    mayWrite(user: User, topic: TopicName, may: boolean): Promise<void>
    /** Who starts from now on is told the new one. */
    changePassword(user: User): Promise<void>
    /** What routers are shown that connect from now on. */
    certificate(which: 'valid' | 'expired'): Promise<void>
  }
  /** Of a cluster with small disks. */
  readonly disk: {
    /** Fills the disk of a broker, and waits until that has given up. */
    fill(node: number): Promise<void>
    free(node: number): Promise<void>
  }
  /** Deletes a topic with all it holds; `crosspoint(['topics', 'apply'])` creates it again. */
  deleteTopic(topic: TopicName): Promise<void>
  trouble(link: Link, trouble: Trouble): Promise<void>
  fault(dependency: DependencyName, fault: Fault): Promise<void>
  readonly calls: {
    /** Arrivals acknowledged and not decided as the ACD sees it. */
    undecided(): number
    /** Changes the rate of the open loop from now on. */
    rate(perS: number): void
    /** Publishes bytes as they are, beside the calls; `isPoison` when a dead letter must come of it. */
    raw(record: RawRecord, isPoison: boolean): Promise<void>
    /**
     * Within which 99 of 100 calls were decided, append to append, of those that the ACD heard since
     * it was last asked; null when it heard none.
     */
    p99Ms(): number | null
    /** Publishes that many copies of arrivals sent of late. */
    repeat(copies: number): Promise<void>
  }
  /** Publishes about so many records of a kind, made from real ones of the last seconds. */
  meddle(what: Meddling, count: number): Promise<void>
  /** Whether brokers and services may use one core or every core, from now on. */
  cores(count: 'one' | 'all'): Promise<void>
  /** Runs a command of the program as an operator would; gives its standard output. */
  crosspoint(args: readonly string[]): Promise<string>
  /**
   * Marks the moment at which the fault strikes: the calls in flight are counted. A run none of whose
   * strikes met at least 50 undecided calls is INVALID.
   */
  strike(what: string): void
  /** Writes what was measured under a name of bounds.ts, e.g. a takeover time. */
  measured(bound: string, value: number): void
}

export type Meddling =
  | 'lookups again'
  | 'lookups backwards'
  /** Of calls that nobody made. */
  | 'lookups of nobody'
  /** Of calls that arrive a moment later. */
  | 'lookups before calls'
  /** Calls in a partition that their key does not give. */
  | 'arrivals misplaced'
  | 'one caller, one partition'
  /** One of each kind that nobody can read, on each topic of calls, whatever the count. */
  | 'poison'

export interface RawRecord {
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}
