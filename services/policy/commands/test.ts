/** `crosspoint policy test`: scenarios, and whether the policy does what they expect. */
import type { Command } from 'commander'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { loadPolicyFile } from '../load.ts'
import type { Policy } from '../policy.ts'
import { certainAfter, questionOf, runScenario } from '../scenario.ts'
import type { Mismatch, Scenario } from '../scenario.ts'
import { scenariosFor } from './scenario-files.ts'

interface TestOptions {
  readonly policy?: string
  readonly json?: true
}

export function registerTest(policy: Command): void {
  policy
    .command('test')
    .description('Run scenarios: a call, what lookups gave and when, and what is expected.')
    .argument(
      '[file...]',
      "scenario files; absent: scenarios/*.yaml beside the policy's file, else beside POLICY_FILE",
    )
    .option('--policy <file>', 'the policy; absent: POLICY_FILE')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint policy test', 'all scenarios against the policy that routers would load'],
        [
          'crosspoint policy test --policy next.yaml',
          'the same, unless next.yaml has its own beside it',
        ],
        ['crosspoint policy test night.yaml', 'the scenarios of one file'],
      ) +
        '\nA scenario tells a call, what each lookup gave after how many ms, and what is expected;\n' +
        'a lookup that is not named is pending. Exit code 1 when a scenario is not as expected.\n',
    )
    .action(runTest)
}

function runTest(given: string[], options: TestOptions): void {
  const path = options.policy ?? settingsFromEnvironment().POLICY_FILE
  const policy = loadPolicyFile(path)
  const { source, scenarios } = scenariosFor(path, policy, given)
  const results = scenarios.map((scenario) => resultOf(policy, scenario))
  const failed = results.filter(({ mismatches }) => mismatches.length > 0)
  if (failed.length > 0) process.exitCode = 1
  const text = options.json
    ? JSON.stringify(asJson(path, policy, results))
    : [...results.map(lineOf), '', summary(path, source, results.length, failed.length)].join('\n')
  process.stdout.write(`${text}\n`)
}

interface Result {
  readonly scenario: Scenario
  readonly mismatches: readonly Mismatch[]
  /** Where the call goes and why, for people. */
  readonly route: string
}

function resultOf(policy: Policy, scenario: Scenario): Result {
  const question = questionOf(policy, scenario)
  const verdict = policy.decide(question)
  const certainMs = certainAfter(policy, question)
  const when = certainMs === null ? '' : `, certain after ${certainMs} ms`
  const route =
    verdict === null
      ? 'not certain yet'
      : `${verdict.target.id} by ${verdict.ruleId}${when}${verdict.flags.map((flag) => ` ⚑ ${flag}`).join('')}`
  return { scenario, mismatches: runScenario(policy, scenario), route }
}

function lineOf({ scenario, mismatches, route }: Result): string {
  const { name, place } = scenario
  if (mismatches.length === 0) return `✓ ${name} → ${route}`
  const details = mismatches.flatMap(({ what, expected, actual }) => [
    `    ${what}`,
    `      expected  ${shown(expected)}`,
    `      got       ${shown(actual)}`,
  ])
  return [
    `✗ ${name} → ${route}`,
    `    XP_SCENARIO_FAILED  ${place.file}:${place.line ?? 0}:${place.column ?? 0}`,
    ...details,
  ].join('\n')
}

/** A value in an expectation's own notation. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ')
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value)
  const entries = Object.entries(value).map(([name, each]) => `${name}: ${shown(each)}`)
  return entries.length === 0 ? 'none' : entries.join(', ')
}

function summary(path: string, source: string, all: number, failed: number): string {
  const scenarios = `${all} scenario${all === 1 ? '' : 's'} in ${source}`
  if (failed === 0) return `${path} does what ${scenarios} expect${all === 1 ? 's' : ''}.`
  return `${path} differs from ${failed} of ${scenarios}.`
}

function asJson(file: string, policy: Policy, results: readonly Result[]) {
  return {
    file,
    version: policy.version,
    ok: results.every(({ mismatches }) => mismatches.length === 0),
    scenarios: results.map(({ scenario: { name, place }, mismatches, route }) => ({
      name,
      place,
      ok: mismatches.length === 0,
      route,
      mismatches: mismatches.map(({ what, expected = null, actual = null }) => ({
        what,
        expected,
        actual,
      })),
    })),
  }
}
