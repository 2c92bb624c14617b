/** Environment that lets a scenario do harm inside a service's process, at each SIGUSR2. */
import { fileURLToPath } from 'node:url'
import type { Role, Scenario } from '../scenario.ts'

const FILE = fileURLToPath(new URL('../inside.ts', import.meta.url))

/** `harms` in the order in which they are done; see `../inside.ts`. */
export function harmedInside(
  roles: readonly Role[],
  harms: readonly string[],
): NonNullable<Scenario['environment']> {
  const variables = { NODE_OPTIONS: `--import=${FILE}`, CHAOS_INSIDE: harms.join(',') }
  return Object.fromEntries(roles.map((role) => [role, variables]))
}
