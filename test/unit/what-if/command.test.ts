import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowOf } from '../../../services/audit/export/rows.ts'
import { loadTables } from '../../../services/audit/export/tables.ts'
import { hash } from '../../../services/platform/hash.ts'
import { recordOfRow } from '../../../services/what-if/sources/rows.ts'
import { writeExport } from '../../bench/export-folder.ts'
import { crosspoint } from '../policy/console.ts'
import { made, policy } from './world.ts'

const root = mkdtempSync(join(tmpdir(), 'crosspoint-what-if-'))
const folder = join(root, 'whole')
const CALLS = 300

beforeAll(() => writeExport(folder, policy, { seed: 4, count: CALLS }))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('an export', () => {
  test('gives back the very records it was made of', () => {
    const tables = loadTables()
    const place = { partition: 1, offset: 2, appendedAt: 3 }
    for (const { decision, late } of made(6, 50)) {
      for (const [table, record] of [
        ['decision', decision],
        ...late.map((one) => ['late', one] as const),
      ] as const) {
        const { columns } = tables[table]
        const row = rowOf(columns, record, place)
        const line = JSON.stringify(
          Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])),
        )
        const back = recordOfRow(columns)(JSON.parse(line) as Record<string, unknown>)
        expect(back).toEqual(record)
      }
    }
  })
})

describe('crosspoint what-if', () => {
  test('with nothing changed says that all give themselves again', async () => {
    const { code, out } = await crosspoint('what-if', '--export', folder)
    expect(code).toBe(0)
    expect(out).toContain(`all ${CALLS} give themselves again`)
  })

  test.each([
    ['a fact', (line: string) => line.replace(/"tier":"STANDARD"/u, '"tier":"GOLD"')],
    ['a target', (line: string) => line.replace(/"targetId":"[^"]*"/u, '"targetId":"elsewhere"')],
  ])('with %s corrupted exits 1 and names the record', async (_what, bend) => {
    const bent = mkdtempSync(join(root, 'bent-'))
    writeExport(bent, policy, { seed: 4, count: CALLS })
    const file = join(bent, 'decision', 'part-00001.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    const at = lines.findIndex((line) => bend(line) !== line)
    const { callId } = JSON.parse(lines[at] ?? '') as { callId: string }
    writeFileSync(file, lines.map((line, index) => (index === at ? bend(line) : line)).join('\n'))
    const { code, out } = await crosspoint('what-if', '--export', bent)
    expect(code).toBe(1)
    expect(out).toContain(`call ${callId} request 1: the record was altered`)
  })

  test('a torn line is named by file and line', async () => {
    const torn = mkdtempSync(join(root, 'torn-'))
    writeExport(torn, policy, { seed: 4, count: 5 })
    const file = join(torn, 'decision', 'part-00001.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -100))
    const { code, out } = await crosspoint('what-if', '--export', torn)
    expect(code).toBe(1)
    expect(out).toContain('decision/part-00001.jsonl line 5')
  })

  test('a line that was taken out, and a file that is gone, are named', async () => {
    const short = mkdtempSync(join(root, 'short-'))
    writeExport(short, policy, { seed: 4, count: 5 })
    const file = join(short, 'decision', 'part-00001.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(1).join('\n'))
    const one = await crosspoint('what-if', '--export', short)
    expect([one.code, one.out]).toEqual([1, expect.stringContaining('4 lines, 5 were written')])
    rmSync(file)
    const gone = await crosspoint('what-if', '--export', short)
    expect([gone.code, gone.err]).toEqual([2, expect.stringContaining('part-00001.jsonl')])
  })

  test('a policy of an older program, which this one can not load, is named and stops nothing', async () => {
    const old = mkdtempSync(join(root, 'old-'))
    const text = `${policy.text}oldKey: 1\n`
    const older = { ...policy, text, version: hash(text) }
    writeExport(old, older, { seed: 4, count: 5 })
    const { code, out } = await crosspoint('what-if', '--export', old)
    expect(code).toBe(1)
    expect(out).toContain(`no text of policy ${older.version} is recorded that can be loaded`)
  })

  test('with a change tells routes, flags and waits as numbers', async () => {
    const args = ['--export', folder, '--fail', 'billing=TIMED_OUT/RESPONSE', '--json']
    const { code, out } = await crosspoint('what-if', ...args)
    const report = JSON.parse(out) as {
      decisions: number
      same: { told: number; untold: number }
      differs: { told: number; untold: number }
      flags: { gained: Record<string, number> }
      moves: { from: string; to: string; told: number; untold: number }[]
    }
    expect(code).toBe(0)
    expect(report.decisions).toBe(CALLS)
    const { same, differs, moves } = report
    expect(same.told + same.untold + differs.told + differs.untold).toBe(CALLS)
    const moved = moves.reduce((all, { told, untold }) => all + told + untold, 0)
    expect(moved).toBe(differs.told + differs.untold)
    expect(report.flags.gained['BILLING_UNVERIFIED']).toBeGreaterThan(0)
  })

  test('another policy moves the calls its rules name', async () => {
    const file = join(root, 'next.yaml')
    writeFileSync(
      file,
      policy.text.replace('route: { target: billing,', 'route: { target: senior,'),
    )
    const { code, out } = await crosspoint('what-if', '--export', folder, '--policy', file)
    expect(code).toBe(0)
    expect(out).toMatch(/from \\ to\s+senior/u)
    expect(out).toMatch(/was {4}queue billing[^]*would {2}queue senior/u)
  })

  test.each([
    ['XP_USAGE', ['--timeout', 'crm']],
    ['XP_USAGE', ['--timeout', 'nobody=100']],
    ['XP_USAGE', ['--fail', 'crm=FOUND']],
    ['XP_USAGE', ['--window', '-1']],
    ['XP_POLICY_FILE', ['--policy', '/nowhere/policy.yaml']],
    ['XP_WHAT_IF_SOURCE', ['--export', root]],
    ['XP_USAGE', ['--from', '1d']],
  ])('refuses what makes no sense with %s: %j', async (code, args) => {
    const said = await crosspoint('what-if', '--export', folder, ...args)
    expect(said.code).toBe(2)
    expect(said.err).toContain(code)
  })
})

describe('crosspoint advise', () => {
  test('tells every timeout and the window, and writes its pictures', async () => {
    const html = join(root, 'wait.html')
    const { code, out } = await crosspoint('advise', '--export', folder, '--html', html)
    expect(code).toBe(0)
    for (const name of ['crm', 'billing', 'scheduling', 'priority', 'window']) {
      expect(out).toContain(`${name}: `)
    }
    expect(readFileSync(html, 'utf8')).toContain('<svg')
  })

  test.each([[['--tolerance', 'much']], [['--of', 'nobody']], [['--svg', join(root, 'x.svg')]]])(
    'refuses what makes no sense: %j',
    async (args) => {
      const { code, err } = await crosspoint('advise', '--export', folder, ...args)
      expect(code).toBe(2)
      expect(err).toContain('XP_USAGE')
    },
  )
})
