/**
 * Plans that once broke a promise, made small and kept as files: tests that no change of how worlds are
 * drawn takes away. A file leaves out all that is as in a calm world of plain calls.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { CallArrived } from '../../schemas/records.ts'
import type { Arrival, Plan } from './plan.ts'
import { callArrived } from '../records.ts'

type KeptArrival = Pick<Arrival, 'atMs'> &
  Partial<Omit<Arrival, 'value'>> & { readonly value: Partial<CallArrived> }

interface KeptPlan {
  /** What was wrong. */
  readonly was: string
  readonly plan: Partial<Omit<Plan, 'arrivals'>> & { readonly arrivals: readonly KeptArrival[] }
}

const CALM: Plan = {
  seed: 1,
  partitions: 1,
  brokers: 3,
  skewsMs: [0, 0, 0],
  maxClockSkewMs: 50,
  routers: 1,
  backups: 0,
  backupsAtMs: 0,
  enrichers: 1,
  together: false,
  latencyMsMax: 2,
  fetch: { msMax: 4, recordsMax: 1 },
  limits: null,
  publications: [],
  arrivals: [],
  faults: [],
  endMs: 0,
}

const PLAIN_CALL = callArrived({ callId: 'call', ani: '+493010000001', dnis: '+498001000' })

const PLAIN_ARRIVAL = { partition: 0, spoilt: null, foreignSchema: false, early: false } as const

/** The file of a plan, as JSON. */
export function keptText(was: string, plan: Plan): string {
  const arrivals = plan.arrivals.map((one) => ({
    ...beyond(PLAIN_ARRIVAL, one),
    value: beyond(PLAIN_CALL, one.value),
  }))
  const kept = { was, plan: { ...beyond(CALM, plan), arrivals } }
  return `${JSON.stringify(kept, null, 2)}\n`
}

/** What differs from the usual. */
function beyond(usual: object, given: object): object {
  const before = new Map(
    Object.entries(usual).map(([name, value]) => [name, JSON.stringify(value)]),
  )
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => before.get(name) !== JSON.stringify(value)),
  )
}

export function keptPlan(text: string): { readonly was: string; readonly plan: Plan } {
  const { was, plan } = JSON.parse(text) as KeptPlan
  const arrivals = plan.arrivals.map((one) => ({
    ...PLAIN_ARRIVAL,
    ...one,
    value: { ...PLAIN_CALL, ...one.value },
  }))
  return { was, plan: { ...CALM, ...plan, arrivals } }
}

const FOLDER = new URL('kept/', import.meta.url)

export function keptPlans(): readonly { readonly was: string; readonly plan: Plan }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => keptPlan(readFileSync(new URL(name, FOLDER), 'utf8')))
}
