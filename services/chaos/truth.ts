/**
 * The ground-truth log: what was done to the deployment, in the order in which it was done. One JSON
 * object a line, written at once. The checker's outages are computed from it (outages.ts). Times are
 * this host's, Unix milliseconds; brokers of one machine share its clock.
 */
import { appendFileSync } from 'node:fs'
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import type { TopicName } from '../topology.ts'
import type { Link, Role, Trouble } from './scenario.ts'

interface Did<Kind extends string, Detail> {
  readonly kind: Kind
  /** Whom it was done to: a service's name, a broker's node, a dependency, a topic. */
  readonly target: string
  readonly detail: Detail
}

/**
 * `starting` and `ready`: its first partitions are being read. A signal: when it was sent. `ended`: it is
 * gone. `died`: it is gone and nobody had asked for it. `refused`: it ended by itself, as it should.
 */
export type ServiceEvent = 'starting' | 'ready' | 'ended' | 'died' | 'refused' | NodeJS.Signals
/** `restarting` ends a broker that still runs; `back`: the cluster lists it; `full`: its disk is. */
export type BrokerEvent = 'restarting' | 'back' | 'full' | NodeJS.Signals

export type Act =
  | Did<'service', { readonly role: Role; readonly what: ServiceEvent }>
  | Did<'broker', { readonly what: BrokerEvent }>
  /** So many partitions have another leader than `sinceMs` before. */
  | Did<'leaders', { readonly moved: number; readonly sinceMs: number }>
  | Did<'network', { readonly link: Link; readonly trouble: Trouble }>
  | (Did<'dependency', Fault> & { readonly target: DependencyName })
  | Did<'calls', { readonly what: 'begin' | 'end' | 'rate' | 'repeat'; readonly count: number }>
  | Did<'raw', { readonly partition: number; readonly offset: number; readonly isPoison: boolean }>
  | Did<'meddle', { readonly count: number }>
  | Did<'held up', { readonly role: Role; readonly forMs: number }>
  | (Did<'cores', object> & { readonly target: 'one' | 'all' })
  | Did<'play', { readonly what: 'begins' | 'ends' }>
  | Did<'strike', { readonly undecided: number }>
  | Did<'measured', { readonly value: number }>
  | Did<'right', { readonly topic: TopicName; readonly may: boolean }>
  | Did<'password', { readonly what: 'changed' }>
  | Did<'certificate', { readonly what: 'valid' | 'expired' }>
  | Did<'topic', { readonly what: 'deleted' }>
  | Did<'says', { readonly code: string }>
  | Did<'command', { readonly args: readonly string[] }>

export type TruthLine = Act & { readonly at: number }

export interface Truth {
  /** Every line so far, oldest first. */
  readonly lines: readonly TruthLine[]
  did(act: Act): void
}

export function openTruth(file: string): Truth {
  const lines: TruthLine[] = []
  return {
    lines,
    did(act) {
      const line = { at: Date.now(), ...act }
      lines.push(line)
      appendFileSync(file, `${JSON.stringify(line)}\n`)
    },
  }
}
