/** Where scenarios stand: in `scenarios/` beside the policy's file. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CrosspointError } from '../../errors.ts'

/** All scenario files that stand in `scenarios/` beside a policy. Throws XP_SCENARIO_FILE without any. */
export function scenarioFilesBeside(policyFile: string): string[] {
  const folder = join(dirname(policyFile), 'scenarios')
  const remedy = `Name scenario files, or put some into ${folder}.`
  const missing = (cause?: unknown) =>
    new CrosspointError('XP_SCENARIO_FILE', 'there are no scenarios', {
      place: { file: folder },
      remedy,
      cause,
    })
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/u.test(name))
  } catch (cause) {
    throw missing(cause)
  }
  if (names.length === 0) throw missing()
  return names.toSorted().map((name) => join(folder, name))
}
