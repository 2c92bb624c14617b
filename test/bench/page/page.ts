/** Makes docs/performance.md and its plots from what a benchmark run left in its file, and keeps that file beside them. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrosspointError } from '../../../services/errors.ts'
import { asked } from '../../script.ts'
import { parseResults, saveResults } from '../results.ts'
import { plotsOf } from './plots.ts'
import { pageOf } from './text.ts'

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs')
const FOLDER = join(DOCS, 'performance')
const KEPT = join(FOLDER, 'results.json')

const USAGE = `npm run bench:page -- [FILE]
  FILE  what a run of the benchmark left; without it the page is made anew from what is kept
Parts that the file lacks are left out.`

function main(): void {
  const [file = KEPT] = process.argv.slice(2)
  if (!existsSync(file)) {
    throw new CrosspointError('XP_USAGE', `there is no file ${file}`, {
      remedy: 'Measure first: `make bench`.',
    })
  }
  const results = parseResults(readFileSync(file, 'utf8'), file)
  // Plots of parts that are gone would stay for ever.
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  saveResults(KEPT, results)
  for (const { file: name, svg } of plotsOf(results.parts)) writeFileSync(join(FOLDER, name), svg)
  writeFileSync(join(DOCS, 'performance.md'), pageOf(results))
}

await asked(USAGE, main)
