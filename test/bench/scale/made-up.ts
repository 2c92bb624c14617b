/** Policies and systems of record of any size, for what costs grow with. Pure but for the files' writer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createPeople } from '../../../infra/stubs/people.ts'

/** `system-1` to `system-n`. */
export const systemNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `system-${index + 1}`)

/** What every system says of every caller: no rule asks for it, so each rule is tried. */
export const MARK = 'none'

/**
 * A policy that asks so many systems one fact each and holds it against so many rules in turn. None of them
 * matches: a call is certain when the last system has answered, after all rules, which is the dearest way.
 */
export function policyOf(systems: number, rules: number): string {
  const names = systemNames(systems)
  return stringify({
    policy: `made-up-${systems}-${rules}`,
    windowMs: 2500,
    staleCallMs: 30_000,
    margins: { enricherMs: 400, publishMs: 250, backupMs: 120 },
    targets: { general: { type: 'QUEUE' }, special: { type: 'QUEUE' } },
    dependencies: Object.fromEntries(names.map((name) => [name, dependencyOf(name)])),
    rules: Array.from({ length: rules }, (_, index) => ({
      id: `rule-${index + 1}`,
      when: { fact: `${names[index % systems]}.mark`, is: `mark-${index + 1}` },
      route: { target: 'special' },
    })),
    default: { target: 'general' },
  })
}

function dependencyOf(name: string) {
  const words = name.toUpperCase().replaceAll('-', '_')
  const unanswered = ['NO_MATCH', 'MULTIPLE_MATCH', 'TIMED_OUT', 'FAILED', 'SKIPPED', 'NO_ANSWER']
  const reason = (what: string, when: object) => ({
    when,
    reason: `${words}_${what}`,
    sentence: `${name}: ${what.toLowerCase()}, routed to {target}`,
  })
  return {
    timeoutMs: 2000,
    staleAfterMs: 86_400_000,
    facts: { mark: { type: 'string', audit: 'keep', screen: true } },
    fallbacks: [
      reason('UNANSWERED', { outcome: unanswered }),
      reason('PARTIAL', { outcome: 'FOUND', missing: true }),
      reason('STALE', { outcome: 'FOUND', stale: true }),
      reason('NOT_LIVE', { outcome: 'FOUND', origin: ['CACHE', 'OVERRIDE'] }),
    ],
  }
}

/** Connectors of such systems, answered from memory; gives the path of their file. */
export function writeSystems(systems: number): (folder: string, seed: number) => string {
  return (folder, seed) => {
    const phones = [...createPeople(seed).customersByPhone.keys()]
    const rows = phones.map((phone) => ({ phone, mark: MARK }))
    writeFileSync(join(folder, 'systems.json'), JSON.stringify(rows))
    const connector = (name: string) => ({
      type: 'table',
      asked: `${name} by phone`,
      file: 'systems.json',
      key: { path: 'phone', equals: '{ani}' },
      facts: { mark: 'mark' },
    })
    const connectors = Object.fromEntries(systemNames(systems).map((one) => [one, connector(one)]))
    const file = join(folder, 'connectors.yaml')
    writeFileSync(file, stringify({ connectors }))
    return file
  }
}
