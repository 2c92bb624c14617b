/** Where scenarios stand: in `scenarios/` beside a policy's file. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CrosspointError } from '../../errors.ts'
import { settingsFromEnvironment } from '../../platform/environment.ts'
import { loadScenarioFile, type Scenario } from '../scenario.ts'
import type { Policy } from '../policy.ts'

interface Scenarios {
  /** What to call where they were found, for people. */
  readonly source: string
  readonly scenarios: readonly Scenario[]
}

/**
 * The scenarios of the files given; without any those beside the policy's file, else those beside
 * POLICY_FILE: a policy to come is held against what holds now. Throws XP_SCENARIO_FILE when there are none.
 */
export function scenariosFor(
  policyFile: string,
  policy: Policy,
  given: readonly string[],
): Scenarios {
  const { source, files } =
    given.length > 0 ? { source: given.join(', '), files: given } : filesBeside(policyFile)
  return { source, scenarios: files.flatMap((file) => loadScenarioFile(file, policy)) }
}

function filesBeside(policyFile: string): { source: string; files: readonly string[] } {
  const beside = [policyFile, settingsFromEnvironment().POLICY_FILE]
  const folders = [...new Set(beside.map((file) => join(dirname(file), 'scenarios')))]
  for (const source of folders) {
    const files = scenarioFilesIn(source)
    if (files.length > 0) return { source, files }
  }
  throw new CrosspointError(
    'XP_SCENARIO_FILE',
    `there are no scenarios in ${folders.join(' or ')}`,
    {
      remedy: `Name scenario files behind the command, or put some into ${folders[0] ?? ''}.`,
    },
  )
}

/** In the order of their names; none where there is no such folder. */
function scenarioFilesIn(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (isAbsent(error)) return []
    throw new CrosspointError('XP_SCENARIO_FILE', 'the scenarios can not be read', {
      place: { file: folder },
      cause: error,
    })
  }
  return names
    .filter((name) => /\.ya?ml$/u.test(name))
    .toSorted()
    .map((name) => join(folder, name))
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
