/** The example policy and its connectors, with a fact or an input of every class and type. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const POLICY = join(import.meta.dirname, '..', '..', '..', 'policy')

/** Replaces what must stand there, or the example has changed and this with it. */
function change(text: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`The example no longer has: ${from}`)
    return changed.replace(from, () => to)
  }, text)
}

/** Writes both files into a folder; gives the settings that name them. */
export function setUp(folder: string): Readonly<Record<string, string>> {
  const policy = change(readFileSync(join(POLICY, 'policy.yaml'), 'utf8'), [
    [
      'attributes: { region: keep }',
      'transferOf: token\n  attributes: { region: keep, badge: token, diary: drop }',
    ],
    [
      '      lastContactAt: { type: string, audit: drop, screen: true }\n',
      `      lastContactAt: { type: string, audit: drop, screen: true }
      tokenList: { type: strings, audit: token }
      dropList: { type: strings, audit: drop, screen: true }
      tokenLong: { type: long, audit: token }
      dropLong: { type: long, audit: drop, screen: true }
`,
    ],
  ])
  const connectors = change(readFileSync(join(POLICY, 'connectors.yaml'), 'utf8'), [
    [
      '      lastContactAt: lastContactAt\n',
      `      lastContactAt: lastContactAt
      tokenList: tokenList
      dropList: dropList
      tokenLong: tokenLong
      dropLong: dropLong
`,
    ],
    // A query that fails for one caller, with an error that says the number.
    [
      'where phone = $1',
      "where phone = case when right($1::text, 2) = '77' then cast(cast($1::text as date) as text) else $1::text end",
    ],
  ])
  const files = { POLICY_FILE: policy, CONNECTORS_FILE: connectors }
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      const file = join(folder, `${name.toLowerCase()}.yaml`)
      writeFileSync(file, text)
      return [name, file]
    }),
  )
}
