/** From the start of a router to its first decision, with ever more requests to remember: ../restart.ts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runScript } from './child.ts'
import type { Left, Part } from './part.ts'

const MARKERS = [10_000, 50_000, 100_000]

export const restart: Part<'restart'> = async ({ say, attempt }, keep) => {
  const restarts: Left<'restart'>['restarts'] = []
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  try {
    for (const markers of MARKERS) {
      await attempt(`a restart with ${markers} requests to remember`, async () => {
        const file = join(folder, `${markers}.json`)
        const args = ['--markers', String(markers), '--out', file]
        say(`  ${(await runScript('restart.ts', { args })).trim()}`)
        restarts.push(JSON.parse(readFileSync(file, 'utf8')) as (typeof restarts)[number])
        keep({ restarts })
      })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
