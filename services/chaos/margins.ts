/**
 * The example policy with margins for a campaign. Margins cover the way to the brokers and back, and three
 * brokers, all services and the driver on two cores make that way long: 100 to 300 ms where a machine
 * each would need 10. Window and timeouts stay as they are; `policy check` holds the margins' order.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

/** Before decideBy: enrichers are done, primaries publish, a backup publishes what no primary has. */
const MARGINS = { enricherMs: 500, publishMs: 420, backupMs: 280 } as const

/** Writes the policy of `from` with the campaign's margins to `to`. */
export function writePolicy(from: string, to: string): void {
  const document = parseDocument(readFileSync(from, 'utf8'))
  document.set('margins', MARGINS)
  writeFileSync(to, document.toString())
}
