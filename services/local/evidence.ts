/** The parts of the evidence that only who runs a deployment can give (design §9). */
import { readFileSync } from 'node:fs'
import { createPeople } from '../../infra/stubs/people.ts'
import { SUMMARIES } from '../../infra/switch/calls.ts'
import type { Readable } from '../audit/verify/evidence.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'
import { metricsOf, type Program } from './processes.ts'

/** Values of class token and drop: what the systems of record say of people, and what people told. */
export function secretsOf(seed: number): ReadonlySet<string> {
  const customers = [...createPeople(seed).customersByPhone.values()].flat()
  return new Set([
    ...Object.values(SUMMARIES),
    ...customers.flatMap(({ id, name, openTicket }) => [id, name, openTicket?.id ?? name]),
  ])
}

/** What people and programs can read of the services: logs and metrics. */
export async function readablesOf(programs: readonly Program[]): Promise<readonly Readable[]> {
  const logs = programs.map(({ name, logFile }) => ({
    source: `log of ${name}`,
    text: readFileSync(logFile, 'utf8'),
  }))
  const metrics = programs.map(async (program) => ({
    source: `metrics of ${program.name}`,
    text: await metricsOf(program),
  }))
  return [...logs, ...(await Promise.all(metrics))]
}

/** Texts of audit.policy as policies, each compiled once. */
export function policiesFrom(
  texts: ReadonlyMap<string, string>,
): (version: string) => Policy | null {
  const compiled = new Map<string, Policy>()
  return (version) => {
    const text = texts.get(version)
    const known = compiled.get(version)
    if (known !== undefined || text === undefined) return known ?? null
    const policy = loadPolicy(text, { file: `audit.policy ${version}` })
    compiled.set(version, policy)
    return policy
  }
}
