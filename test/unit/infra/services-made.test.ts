/** Which program bin/crosspoint runs a service from. A node that only tells stands in for the real one. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..', '..')
let clone = ''

const write = (file: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(clone, file)), { recursive: true })
  writeFileSync(join(clone, file), text, { mode })
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'crosspoint clone-'))
  for (const file of ['bin/crosspoint', 'infra/services-made.sh']) {
    cpSync(join(ROOT, file), join(clone, file))
  }
  write('node_modules/.bin/node', '#!/bin/sh\nfor arg; do echo "$arg"; done\n', 0o755)
  write('services/cli.ts', '')
  write('services/router/router.ts', '1')
  write('package-lock.json', '{}')
  write('infra/bundle.ts', '')
})

afterEach(() => rmSync(clone, { recursive: true }))

const run = (file: string, ...args: string[]): string =>
  spawnSync(join(clone, file), args, { encoding: 'utf8' }).stdout.trim()
const made = (): string => run('infra/services-made.sh')
const ranBy = (command: string): string =>
  run('bin/crosspoint', command)
    .split('\n')
    .find((arg) => arg.startsWith(clone)) ?? ''
const source = (): string => join(clone, 'services', 'cli.ts')

test('services run from what was made of their sources, all else from its sources', () => {
  expect(ranBy('router')).toBe(source())
  write(`${made()}/cli.mjs`, '')
  expect(ranBy('router')).toBe(join(clone, made(), 'cli.mjs'))
  expect(ranBy('enricher')).toBe(join(clone, made(), 'cli.mjs'))
  expect(ranBy('audit')).toBe(source())
})

test.each([
  ['altered', () => write('services/router/router.ts', '2')],
  ['new', () => write('services/router/more.ts', '')],
  ['gone', () => rmSync(join(clone, 'services/router/router.ts'))],
  ['of other packages', () => write('package-lock.json', '{ }')],
  ['not to be read', () => rmSync(join(clone, 'package-lock.json'))],
])('sources that are %s are run themselves', (_what, change) => {
  write(`${made()}/cli.mjs`, '')
  change()
  expect(ranBy('router')).toBe(source())
})

test('sources that are again what they were need nothing made anew', () => {
  const before = made()
  write('services/router/router.ts', '2')
  expect(made()).not.toBe(before)
  write('services/router/router.ts', '1')
  expect(made()).toBe(before)
})
