/** An enricher's process as it starts, with no broker to be found. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'

const CONNECTORS = `connectors:
  crm:
    type: http
    asked: record by number
    url: http://127.0.0.1:1/
    headers: { authorization: 'Bearer \${env:CRM_TOKEN}' }
    facts: { tier: tier }
`
/** A whole process has to start, perhaps on a busy machine. */
const START_MS_MAX = 60_000

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Starts the CRM's enricher; ends with the test. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['services/cli.ts', 'enricher', 'crm'], {
    env: {
      ...process.env,
      // Nobody listens there.
      KAFKA_BROKERS: '127.0.0.1:1',
      HTTP_PORT: '0',
      LOG_LEVEL: 'info',
      LOG_TO: 'stderr',
      POLICY_FILE: 'policy/policy.yaml',
      CONNECTORS_FILE: 'policy/connectors.yaml',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  cleanups.push(() => child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stderr }) }
}

describe('An enricher that starts', { timeout: START_MS_MAX }, () => {
  it("keeps its connector's secrets out of its log", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crosspoint-hush-hush-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'connectors.yaml')
    writeFileSync(file, CONNECTORS)
    // The log tells all settings, and so the name of a folder with the secret in it.
    const { lines } = start({ CONNECTORS_FILE: file, CRM_TOKEN: 'hush-hush' })
    for await (const line of lines) {
      expect(line).not.toContain('hush-hush')
      if (line.includes('starting')) {
        expect(line).toContain('(hidden)')
        expect(line).toContain('"runsFrom":"sources"')
        return
      }
    }
    expect.unreachable('it told nothing of its start')
  })

  it('refuses a crash at what is no number, as a mistake of usage', async () => {
    const { child, lines } = start({ CRASH_POINT: 'after-lookup', CRASH_AT: 'x' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const text: string[] = []
    for await (const line of lines) text.push(line)
    expect(text.join('\n')).toMatch(/XP_SETTING_INVALID[^]*CRASH_AT is "x"/)
    expect(await ended).toBe(2)
  })
})
