/** What a clone says before anything is installed in it. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..', '..')
let clone = ''

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'crosspoint-clone-'))
  for (const file of ['infra/installed.sh', 'Makefile']) cpSync(join(ROOT, file), join(clone, file))
})

afterEach(() => {
  rmSync(clone, { recursive: true })
})

const run = (command: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: clone, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a script says in a line what to do first, and goes on once that is done', () => {
  const first = run('infra/installed.sh')
  expect(first).toMatchObject({ status: 2, stdout: '' })
  expect(first.stderr).toMatch(/^crosspoint is not installed yet: run `make setup` in .* first\n$/u)
  mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true })
  writeFileSync(join(clone, 'node_modules', '.bin', 'node'), '', { mode: 0o755 })
  expect(run('infra/installed.sh')).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('every script that people begin with looks first', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const inner = ['format:check', 'lint', 'types', 'dead', 'drift']
  for (const [name, script] of Object.entries(scripts)) {
    if (!inner.includes(name))
      expect(script).toMatch(/^(?:infra\/(?:installed|setup)\.sh && |bin\/crosspoint )/u)
  }
})

test('`make down` installs nothing to find that nothing runs', () => {
  expect(run('make', '-s', 'down')).toMatchObject({ status: 0, stderr: 'Nothing was running.\n' })
})
