/** The hot paths alone: what ../micro measures, in a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Left, Part } from './part.ts'
import { runScript } from './child.ts'

const FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

export const micro: Part<'micro'> = async ({ say }, keep) => {
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  try {
    const file = join(folder, 'micro.json')
    say(await runScript('micro/micro.ts', { flags: FLAGS, args: ['--out', file] }))
    const { figures } = JSON.parse(readFileSync(file, 'utf8')) as Left<'micro'>
    keep({ figures })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
