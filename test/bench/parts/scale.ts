/** What a call costs when one thing grows and all else stays. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crosspoint } from '../contenders/crosspoint.ts'
import type { Contender } from '../contenders/contender.ts'
import { phaseMs } from '../options.ts'
import type { Measured } from '../results.ts'
import { policyOf, systemNames, writeSystems } from '../scale/made-up.ts'
import { runScript } from './child.ts'
import { type Bench, type Left, type Part, WARM_UP_RATE_PER_S, whenWarm } from './part.ts'

const PARTITIONS = [1, 12, 48]
const DEPENDENCIES = [1, 4, 8]
/** The CRM takes so long; the policy waits 2000 ms for it. */
const CRM_TAKES_MS = [0, 500, 1500]
const RULES = 10
const PROCESSES = [
  [1, true],
  [4, false],
] as const
/** What processes cost shows where there is work for them. */
const BRISK_PER_S = 1000

type Points = { x: number; measured: Measured }[]
type InProcess = Pick<Left<'scale'>, 'openRequests' | 'rules'>

export const scale: Part<'scale'> = async (bench, keep) => {
  const left: { -readonly [Key in keyof Left<'scale'>]: Left<'scale'>[Key] } = {
    partitions: [],
    dependencies: [],
    processes: [],
    slowLookups: [],
    openRequests: [],
    rules: [],
  }
  await bench.attempt('open requests and rules', async () => {
    bench.say('Open requests and rules, in process')
    const told = await runScript('scale/main.ts', { flags: ['--expose-gc'] })
    Object.assign(left, JSON.parse(told) as InProcess)
    keep(left)
  })
  bench.say('Partitions')
  for (const x of PARTITIONS) {
    const changes = { CALL_PARTITIONS: String(x) }
    await measureAt(bench, `${x} partitions`, left.partitions, x, crosspoint('instant'), changes)
    keep(left)
  }
  bench.say('Dependencies')
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  try {
    for (const x of DEPENDENCIES) {
      const file = join(folder, `policy-${x}.yaml`)
      writeFileSync(file, policyOf(x, RULES))
      const asked = { dependencies: systemNames(x), write: writeSystems(x) }
      const contender = crosspoint('instant', asked)
      const changes = { POLICY_FILE: file }
      await measureAt(bench, `${x} dependencies`, left.dependencies, x, contender, changes)
      keep(left)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  bench.say('Processes of enrichers')
  for (const [x, together] of PROCESSES) {
    const contender = crosspoint('instant', { together })
    await measureAt(bench, `${x} processes`, left.processes, x, contender, {}, BRISK_PER_S)
    keep(left)
  }
  bench.say('Lookups that settle slowly')
  for (const x of CRM_TAKES_MS) {
    const contender = crosspoint('real', { crmTakesMs: x })
    await measureAt(bench, `a CRM that takes ${x} ms`, left.slowLookups, x, contender)
    keep(left)
  }
}

async function measureAt(
  bench: Bench,
  what: string,
  points: Points,
  x: number,
  contender: Contender,
  changes: Readonly<Record<string, string>> = {},
  ratePerS = WARM_UP_RATE_PER_S,
): Promise<void> {
  await bench.attempt(what, () =>
    whenWarm(
      bench,
      contender,
      1,
      async ({ at }) => {
        points.push({ x, measured: await at(ratePerS, phaseMs(bench.options, ratePerS)) })
      },
      changes,
    ),
  )
}
