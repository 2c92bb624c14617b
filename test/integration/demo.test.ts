import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../services/demo/report.ts'

const CROSSPOINT = join(import.meta.dirname, '..', '..', 'bin', 'crosspoint')
const folder = mkdtempSync(join(tmpdir(), 'crosspoint-demo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly text: string
}

/** Runs the demo as a user without a terminal does; `onText` may answer to what it prints. */
function runDemo(
  args: readonly string[],
  onText: (text: string, interrupt: () => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(CROSSPOINT, ['demo', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const hear = (chunk: Buffer): void => {
    text += chunk.toString()
    onText(text, () => void child.kill('SIGINT'))
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })))
}

describe('crosspoint demo', () => {
  it('ends with every promise held, and a report of all that happened', async () => {
    const file = join(folder, 'report.json')
    const { code, text } = await runDemo(['--duration', '30', '--seed', '3', '--report', file])
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    expect(report.verdicts.filter(({ holds }) => !holds)).toEqual([])
    expect(report.invalid).toEqual([])
    expect(code, text).toBe(0)
    expect(text).toContain('verdict PASS')
    expect(report.stories).toHaveLength(5)
    const causes = new Set(report.table.map(({ dependency, cause }) => `${dependency} ${cause}`))
    expect([...causes]).toEqual(
      expect.arrayContaining(['crm RESPONSE', 'billing RESPONSE', 'priority UNREACHABLE']),
    )
    const sources = report.table.map(({ dependency, source }) => `${dependency} ${source}`)
    expect(sources).toContain('scheduling LIVE, stale')
    expect(sources.some((source) => source.startsWith('scheduling OVERRIDE'))).toBe(true)
  }, 240_000)

  it('an interrupt stops everything and says so', async () => {
    let sent = false
    const { code, text } = await runDemo(['--duration', '60'], (heard, interrupt) => {
      if (sent || !heard.includes('requests, ')) return
      sent = true
      interrupt()
    })
    expect(text).toContain('Interrupted; everything is stopped.')
    expect(code).toBe(130)
  }, 180_000)
})
