/** `crosspoint policy explain`: one call, rule by rule, from a scenario or from the audit. */
import type { Command } from 'commander'
import type { DecisionAudited } from '../../../schemas/records.ts'
import { readRecords } from '../../audit/read-records.ts'
import type { DecodedSource } from '../../audit/read-records.ts'
import { storiesOf } from '../../audit/show/show.ts'
import { CrosspointError } from '../../errors.ts'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { withTool } from '../../platform/tool.ts'
import { explain } from '../explain/explain.ts'
import { explanationText } from '../explain/text.ts'
import { openPolicy, openPolicyFile } from '../load.ts'
import type { OpenedPolicy } from '../load.ts'
import type { Question } from '../policy.ts'
import { loadScenarioFile, questionOf } from '../scenario.ts'
import { scenarioFilesBeside } from './scenario-files.ts'

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
    .argument('[file...]', "scenario files; absent: scenarios/*.yaml beside the policy's file")
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

interface Subject {
  readonly title: string
  readonly opened: OpenedPolicy
  readonly question: Question
}

async function subjectsOf(files: string[], options: ExplainOptions): Promise<readonly Subject[]> {
  const { scenario, call } = options
  if ((scenario === undefined) === (call === undefined)) {
    throw new CrosspointError('XP_USAGE', 'name a --scenario or a --call, and not both')
  }
  if (call !== undefined) return recorded(call, options.policy)
  const path = options.policy ?? settingsFromEnvironment().POLICY_FILE
  const opened = openPolicyFile(path)
  const all = (files.length > 0 ? files : scenarioFilesBeside(path)).flatMap((file) =>
    loadScenarioFile(file, opened.policy),
  )
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

async function recorded(callId: string, policyFile: string | undefined): Promise<Subject[]> {
  const given = policyFile === undefined ? null : openPolicyFile(policyFile)
  return withTool('policy-explain', async ({ client, codec }) => {
    const source = { reader: client.reader, codec }
    const stories = await storiesOf(source, callId)
    const texts = given === null ? await policyTexts(source) : new Map<string, string>()
    return stories.map(({ decision }) => {
      const opened = given ?? recordedPolicy(decision, texts)
      return { title: titleOf(decision, opened), opened, question: recordedQuestion(decision) }
    })
  })
}

/** A decision's own inputs; a lookup it did not need is pending, as it was. */
function recordedQuestion({ arrival, arrivedAt, lookups }: DecisionAudited): Question {
  return { arrival, arrivedAt, lookups }
}

function titleOf(decision: DecisionAudited, { policy }: OpenedPolicy): string {
  const { callId, requestNo, effective, trigger, policyName, policyVersion } = decision
  const other =
    policy.version === policyVersion
      ? ''
      : `\n  explained by ${policy.name}@${policy.version}, decided by ${policyName}@${policyVersion}`
  const lost = effective ? '' : ', not effective'
  return `call ${callId}, request ${requestNo}, ${trigger}${lost}${other}`
}

function recordedPolicy(decision: DecisionAudited, texts: ReadonlyMap<string, string>) {
  const version = decision.policyVersion
  const text = texts.get(version)
  if (text !== undefined) return openPolicy(text, { file: version })
  const opened = openPolicyFile(settingsFromEnvironment().POLICY_FILE)
  if (opened.policy.version === version) return opened
  const message = `audit.policy does not hold the text of version ${version}`
  const remedy = 'Name that policy, or another to explain the call by, with --policy.'
  throw new CrosspointError('XP_POLICY_FILE', message, { remedy })
}

async function policyTexts(source: DecodedSource): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  await readRecords(source, { topics: ['audit.policy'], from: 'start', until: 'end' }, (read) => {
    if (read.topic !== 'audit.policy' || read.value === null) return
    texts.set(read.value.policyVersion, read.value.text)
  })
  return texts
}
