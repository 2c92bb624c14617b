/**
 * Connectors that answer at once, inside the enrichers: the stub systems' people as tables in files.
 * What is measured with them is the engine alone.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { LINES } from '../../infra/stubs/lines.ts'
import { createPeople } from '../../infra/stubs/people.ts'

const named = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, name]))

/** Writes the files of a seed's people; gives the path of the connectors file. */
export function writeTables(folder: string, seed: number): string {
  const people = createPeople(seed)
  const write = (name: string, rows: readonly unknown[]): void =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(rows))
  write('crm', [...people.customersByPhone.values()].flat())
  write('billing', [...people.accounts.values()])
  write('scheduling', LINES)
  write('priority', people.priorities)
  const table = (
    name: string,
    key: { readonly path: string; readonly equals: string },
    facts: Readonly<Record<string, string>>,
  ) => ({ type: 'table', asked: `${name} by ${key.path}`, file: `${name}.json`, key, facts })
  const connectors = {
    crm: table(
      'crm',
      { path: 'phone', equals: '{ani}' },
      {
        customerId: 'id',
        openTicketId: 'openTicket.id',
        ticketOwner: 'openTicket.owner',
        ticketTeam: 'openTicket.team',
        lastContactAt: 'to_string(lastContactDays)',
        ...named('name', 'tier', 'language', 'valueBand', 'knownIssue'),
      },
    ),
    billing: table(
      'billing',
      { path: 'customerId', equals: '{need}' },
      named('pastDue', 'balanceCents', 'plan'),
    ),
    scheduling: table(
      'scheduling',
      { path: 'dnis', equals: '{dnis}' },
      named('open', 'callbackOffered', 'seniorOnShift'),
    ),
    priority: table('priority', { path: 'phone', equals: '{ani}' }, named('vip', 'level')),
  }
  const file = join(folder, 'connectors.yaml')
  writeFileSync(file, stringify({ connectors }))
  return file
}
