/** Results kept as JSON beside the page, so that running one scenario again refreshes its row only. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { z } from 'zod'
import { CrosspointError } from '../errors.ts'
import { faultsPage, type KeptRun, type Machine } from './page.ts'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'

const GIB = 1024 ** 3

/** The runs of the file; what they hold was written by `keepRuns` and is not looked at. */
const KEPT = z.object({
  runs: z.array(
    z.custom<KeptRun>((run) => typeof run === 'object' && run !== null && 'result' in run),
  ),
})

function thisMachine(): Machine {
  const all = cpus()
  return {
    cpus: `${all.length} × ${all[0]?.model ?? 'unknown processor'}`,
    memory: `${Math.round(totalmem() / GIB)} GiB`,
    system: `${type()} ${release().split('-')[0]}`,
    kafka: `Node ${process.versions.node}, embedded Kafka`,
  }
}

function readKept(file: string): readonly KeptRun[] {
  if (!existsSync(file)) return []
  try {
    return KEPT.parse(JSON.parse(readFileSync(file, 'utf8'))).runs
  } catch (cause) {
    throw new CrosspointError('XP_USAGE', `${file} does not hold the results of former runs`, {
      cause,
    })
  }
}

const dataOf = (page: string): string => page.replace(/\.md$/, '') + '.json'

/** Throws XP_USAGE when former results are there and can't be read. */
export function checkPage(page: string): void {
  readKept(dataOf(page))
}

/** Puts results in the place of former ones of the same scenarios, and writes the page anew. */
export function keepRuns(
  page: string,
  catalogue: readonly Scenario[],
  results: readonly RunResult[],
): void {
  const machine = thisMachine()
  const runs = new Map(readKept(dataOf(page)).map((run) => [run.result.id, run]))
  // A story is for whoever mends the run, and holds a call of its own: it is not kept.
  for (const result of results) runs.set(result.id, { machine, result: { ...result, stories: [] } })
  const known = new Map(
    catalogue.flatMap(({ id }) => {
      const run = runs.get(id)
      return run === undefined ? [] : [[id, run] as const]
    }),
  )
  writeFileSync(dataOf(page), `${JSON.stringify({ runs: [...known.values()] }, null, 2)}\n`)
  writeFileSync(page, faultsPage(catalogue, known))
}
