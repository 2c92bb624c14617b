/** `crosspoint policy explain`: one call, rule by rule, from a scenario or from the audit. */
import type { Command } from 'commander'
import { CrosspointError } from '../../errors.ts'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { withTool } from '../../platform/tool.ts'
import { explain } from '../explain/explain.ts'
import { recordedSubjects } from '../explain/recorded.ts'
import type { Subject } from '../explain/recorded.ts'
import { explanationText } from '../explain/text.ts'
import { openPolicyFile } from '../load.ts'
import { questionOf } from '../scenario.ts'
import { scenariosFor } from './scenario-files.ts'

interface ExplainOptions {
  readonly scenario?: string
  readonly call?: string
  readonly policy?: string
  readonly json?: true
}

export function registerExplain(policy: Command): void {
  policy
    .command('explain')
    .description('Tell of one call, rule by rule, what was true, false or unknown, and why.')
    .argument(
      '[file...]',
      "scenario files; absent: scenarios/*.yaml beside the policy's file, else beside POLICY_FILE",
    )
    .option('--scenario <name>', 'a scenario, by its name or a part of it')
    .option('--call <id>', 'a decided call, read from audit.decision')
    .option('--policy <file>', 'the policy; absent: the one that decided the call, or POLICY_FILE')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ["crosspoint policy explain --scenario 'CRM hangs'", 'a call that was made up'],
        ['crosspoint policy explain --call 7f3c-21', 'a call that was decided'],
        ['crosspoint policy explain --call 7f3c-21 --policy next.yaml', 'by another policy'],
      ),
    )
    .action(async (files: string[], options: ExplainOptions) => {
      const subjects = await subjectsOf(files, options)
      const told = subjects.map(({ title, opened, question }) => ({
        title,
        explanation: explain(opened, question),
      }))
      const text = options.json
        ? JSON.stringify(told.map(({ title, explanation }) => ({ title, ...explanation })))
        : told.map(({ title, explanation }) => explanationText(title, explanation)).join('\n\n')
      process.stdout.write(`${text}\n`)
    })
}

async function subjectsOf(files: string[], options: ExplainOptions): Promise<readonly Subject[]> {
  const { scenario, call } = options
  if ((scenario === undefined) === (call === undefined)) {
    throw new CrosspointError('XP_USAGE', 'name a --scenario or a --call, and not both')
  }
  if (call !== undefined) return recorded(call, options.policy)
  const path = options.policy ?? settingsFromEnvironment().POLICY_FILE
  const opened = openPolicyFile(path)
  const all = scenariosFor(path, opened.policy, files).scenarios
  const exact = all.filter(({ name }) => name === scenario)
  const part = (scenario ?? '').toLowerCase()
  const found =
    exact.length > 0 ? exact : all.filter((one) => one.name.toLowerCase().includes(part))
  if (found.length === 1) {
    return found.map((one) => ({
      title: one.name,
      opened,
      question: questionOf(opened.policy, one),
    }))
  }
  const names = (found.length === 0 ? all : found).map(({ name }) => `'${name}'`)
  const message =
    found.length === 0
      ? `no scenario is called '${part}'`
      : `'${part}' fits ${found.length} scenarios`
  throw new CrosspointError('XP_USAGE', message, { remedy: `Name one of ${names.join(', ')}.` })
}

async function recorded(callId: string, file: string | undefined): Promise<readonly Subject[]> {
  const given = file === undefined ? null : openPolicyFile(file)
  return withTool('policy-explain', ({ client, codec, settings }) =>
    recordedSubjects({ reader: client.reader, codec }, callId, {
      given,
      configured: () => openPolicyFile(settings.POLICY_FILE),
    }),
  )
}
