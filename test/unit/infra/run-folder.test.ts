import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRunFolder } from '../../../infra/embedded/run-folder.ts'

const MODULE = join(import.meta.dirname, '..', '..', '..', 'infra', 'embedded', 'run-folder.ts')

/** A run of a process of its own, over by the time this returns. Gives its folder. */
function runOver(last: 'keep' | 'leave'): string {
  const script = `const { openRunFolder } = await import(${JSON.stringify(MODULE)})
    const folder = openRunFolder()
    if (${JSON.stringify(last)} === 'keep') folder.keep()
    process.stdout.write(folder.path)`
  const args = ['--input-type=module', '--eval', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return stdout
}

test('what a failed run leaves to people outlives the next run, what a killed one left does not', () => {
  const kept = runOver('keep')
  const left = runOver('leave')
  const next = openRunFolder()
  try {
    expect([existsSync(kept), existsSync(join(kept, 'tmp')), existsSync(left)]).toEqual([
      true,
      false,
      false,
    ])
  } finally {
    next.remove()
    rmSync(kept, { recursive: true, force: true })
  }
})
