import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { usedLookup } from '../../../services/domain/used-lookup.ts'
import { loadConnectorsFile } from '../../../services/enricher/connectors/config.ts'
import { loadPolicy } from '../../../services/policy/load.ts'
import { callsOf } from '../../bench/micro/calls.ts'
import { MARK, policyOf, systemNames, writeSystems } from '../../bench/scale/made-up.ts'

test.each([
  [1, 10],
  [4, 1000],
  [8, 10],
])('a made-up policy of %i systems and %i rules waits for all, and no rule matches', (n, rules) => {
  const policy = loadPolicy(policyOf(n, rules), { file: 'made-up' })
  const answered = callsOf('made-up', 1)[0]?.lookups.find(({ origin }) => origin === 'LIVE')
  if (answered === undefined) throw new Error('no system was asked')
  const lookups = systemNames(n).map((dependency) =>
    usedLookup({ ...answered, dependency, outcome: 'FOUND', facts: { mark: MARK } }, 1, 1),
  )
  const ask = (settled: (typeof lookups)[number][], pending: number) =>
    policy.decide({
      arrival: {},
      arrivedAt: 1,
      lookups: [...settled, ...Array.from<null>({ length: pending }).fill(null)],
    })
  expect(ask(lookups.slice(1), 1)).toBeNull()
  expect(ask(lookups, 0)?.target.id).toBe('general')
})

test('its connectors give every fact of it', async () => {
  const policy = loadPolicy(policyOf(8, 10), { file: 'made-up' })
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-test-'))
  try {
    const file = writeSystems(8)(folder, 11)
    const { dependencies } = policy
    const all = loadConnectorsFile({ file, env: {}, dependencies })
    expect(all.map(({ unmapped }) => unmapped)).toEqual(dependencies.map(() => []))
    for (const loaded of all) await (await loaded.open()).close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
