/**
 * Makes docs/performance.md and its plots from what a benchmark run left in its file, and keeps that
 * file beside them:
 *
 *   npm run bench:page -- .crosspoint/bench.json
 *
 * Without a file the page is made anew from the one that is kept. Parts that a file lacks are left out.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrosspointError } from '../../../services/errors.ts'
import { describeError, exitCodeOf } from '../../../services/platform/error-text.ts'
import { parseResults, saveResults } from '../results.ts'
import { plotsOf } from './plots.ts'
import { pageOf } from './text.ts'

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs')
const FOLDER = join(DOCS, 'performance')
const KEPT = join(FOLDER, 'results.json')

try {
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
} catch (error) {
  process.stderr.write(`${describeError(error, { json: false })}\n`)
  process.exitCode = exitCodeOf(error)
}
