/** `policy drill`: shares, waits and flags that can be worked out by hand, and a page that stands alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { drill } from '../../../services/policy/drill/drill.ts'
import type { Drill, Outcome } from '../../../services/policy/drill/drill.ts'
import { openPolicy } from '../../../services/policy/load.ts'
import { crosspoint } from './console.ts'

// Profiles: tier GOLD, other or absent; bill due, not due or absent: nine, all alike in weight.
const POLICY = `policy: two
windowMs: 1000
margins: { enricherMs: 100, publishMs: 50, backupMs: 10 }
targets: { gold: {}, debt: {}, rest: {} }
dependencies:
  crm:
    timeoutMs: 800
    facts: { id: { type: string, audit: token }, tier: { type: string, audit: keep } }
    fallbacks: [{ when: {}, reason: CRM, sentence: no CRM, flags: [LOOK] }]
  bill:
    timeoutMs: 600
    needs: crm.id
    facts: { due: { type: boolean, audit: keep } }
    fallbacks: [{ when: {}, reason: BILL, sentence: 'no <bill>' }]
rules:
  - { id: gold, when: { fact: crm.tier, is: GOLD }, route: { target: gold } }
  - { id: debt, when: { fact: bill.due, is: true }, route: { target: debt } }
default: { target: rest }
`

const drilled = drill(openPolicy(POLICY, { file: 'p' }))

function outcome({ kinds, alone, pairs }: Drill, ...wanted: string[]): Outcome {
  const indexes = wanted.map((each) =>
    kinds.findIndex(({ dependency, names }) =>
      names.some((name) => `${dependency} ${name}` === each),
    ),
  )
  const found = [...alone, ...pairs].find((one) => String(one.kinds) === String(indexes))
  if (found === undefined) throw new Error(`no drill of ${wanted.join(' and ')}`)
  return found
}

const shares = (list: readonly { readonly name: string; readonly share: number }[]) =>
  Object.fromEntries(list.map(({ name, share }) => [name, Math.round(share * 9)]))

describe('drill', () => {
  test('with all healthy every profile goes where its facts send it', () => {
    expect(drilled).toMatchObject({ profiles: 9, exhaustive: true })
    expect(shares(drilled.healthy)).toEqual({ gold: 3, debt: 2, rest: 4 })
  })

  test('CRM down: billing is not asked, so gold and debt all go to the rest, at once', () => {
    const down = outcome(drilled, 'crm down')
    expect(shares(down.targets)).toEqual({ rest: 9 })
    expect(shares(down.moves)).toEqual({ 'gold → rest': 3, 'debt → rest': 2 })
    expect(down.moved).toBeCloseTo(5 / 9)
    expect(down.waitMaxMs).toBe(0)
    expect(shares(down.flags)).toEqual({ LOOK: 9 })
    expect(down.reasons.map(({ reason }) => reason)).toEqual(['CRM', 'BILL'])
  })

  test('CRM slow: everybody waits for its timeout; its enricher silent: until the router decides', () => {
    expect(outcome(drilled, 'crm slow').waits).toEqual([{ waitMs: 800, share: expect.closeTo(1) }])
    expect(outcome(drilled, 'crm enricher silent').waitMaxMs).toBe(950)
  })

  test('billing slow: gold is certain before, and waits for nothing', () => {
    const { waits, moved } = outcome(drilled, 'bill slow')
    expect(waits).toEqual([
      { waitMs: 600, share: expect.closeTo(6 / 9) },
      { waitMs: 0, share: expect.closeTo(3 / 9) },
    ])
    expect(moved).toBeCloseTo(2 / 9)
  })

  test('modes that callers cannot tell apart are one kind', () => {
    const kind = drilled.kinds.find(({ names }) => names.includes('down'))
    expect(kind?.names).toEqual(expect.arrayContaining(['error', 'bad answer', 'circuit open']))
  })

  test('a pair: CRM partial and billing slow leave nobody where they were, but those of the rest', () => {
    const both = outcome(drilled, 'crm partial', 'bill slow')
    expect(shares(both.targets)).toEqual({ rest: 9 })
    expect(both.waitMaxMs).toBe(600)
    expect(
      drilled.pairs.every(({ kinds: [a = 0, b = 0] }) => {
        return drilled.kinds[a]?.dependency !== drilled.kinds[b]?.dependency
      }),
    ).toBe(true)
  })
})

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-drill-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const policy = join(folder, 'policy.yaml')
  writeFileSync(policy, POLICY)

  test('prints a table, and writes a page that needs nothing else and escapes names', async () => {
    const html = join(folder, 'drill.html')
    const { code, out } = await crosspoint('policy', 'drill', policy, '--html', html)
    expect(code).toBe(0)
    expect(out).toMatch(/crm slow +56 % +800 ms for 100 % +rest 100 % +LOOK/u)
    const page = readFileSync(html, 'utf8')
    expect(page).toContain("default-src 'none'")
    expect(page).toContain('no &lt;bill&gt;')
    expect(page).not.toMatch(/<bill>|<script|https?:|@import|url\(|NaN|undefined/u)
  })

  test('--json gives all pairs; a page that can not be written is bad input', async () => {
    const { out } = await crosspoint('policy', 'drill', policy, '--json')
    expect(JSON.parse(out).pairs).toHaveLength(drilled.pairs.length)
    const gone = await crosspoint('policy', 'drill', policy, '--html', join(folder, 'a', 'b.html'))
    expect(gone.code).toBe(2)
  })
})
