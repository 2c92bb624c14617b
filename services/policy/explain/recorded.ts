/** Decided calls to explain: read from the audit, each with the policy that decided it. */
import type { DecisionAudited } from '../../../schemas/records.ts'
import { readRecords } from '../../audit/read-records.ts'
import type { DecodedSource } from '../../audit/read-records.ts'
import { storiesOf } from '../../audit/show/show.ts'
import { CrosspointError } from '../../errors.ts'
import { openPolicy } from '../load.ts'
import type { OpenedPolicy } from '../load.ts'
import type { Question } from '../policy.ts'

export interface Subject {
  /** Names the call, and says what is not as the record has it. */
  readonly title: string
  readonly opened: OpenedPolicy
  readonly question: Question
}

export interface PolicyChoice {
  /** Explains all of them, whatever decided; null: the policy that did. */
  readonly given: OpenedPolicy | null
  /** Used where the audit lacks a text and this one is of the same version. */
  readonly configured: () => OpenedPolicy
}

/**
 * One subject for each decision of a call. Throws XP_AUDIT_CALL_UNKNOWN, and XP_POLICY_FILE when the
 * policy that decided is not to be had.
 */
export async function recordedSubjects(
  source: DecodedSource,
  callId: string,
  { given, configured }: PolicyChoice,
): Promise<Subject[]> {
  const stories = await storiesOf(source, callId)
  const texts = given === null ? await policyTexts(source) : new Map<string, string>()
  return stories.map(({ decision }) => {
    const opened = given ?? recordedPolicy(decision, texts, configured)
    // A lookup that was not needed is read as pending, as it was.
    const { arrival, arrivedAt, lookups } = decision
    const question = { arrival, arrivedAt, lookups }
    return { title: titleOf(decision, opened, question), opened, question }
  })
}

function titleOf(decision: DecisionAudited, { policy }: OpenedPolicy, question: Question): string {
  const { callId, requestNo, effective, trigger, policyName, policyVersion } = decision
  const lines = [
    `call ${callId}, request ${requestNo}, ${trigger}${effective ? '' : ', not effective'}`,
  ]
  if (policy.version !== policyVersion) {
    lines.push(
      `  explained by ${policy.name}@${policy.version}, decided by ${policyName}@${policyVersion}`,
    )
  }
  if (trigger === 'UNREADABLE') {
    lines.push('  the call could not be read: it got the default route, and no rule was asked')
    return lines.join('\n')
  }
  const verdict = policy.decide(question)
  if (verdict?.ruleId !== decision.ruleId || verdict.target.id !== decision.target.id) {
    lines.push(`  recorded is ${decision.target.id} by rule ${decision.ruleId}, which differs`)
  }
  return lines.join('\n')
}

function recordedPolicy(
  { policyVersion }: DecisionAudited,
  texts: ReadonlyMap<string, string>,
  configured: () => OpenedPolicy,
): OpenedPolicy {
  const text = texts.get(policyVersion)
  if (text !== undefined) return openPolicy(text, { file: policyVersion })
  const opened = configured()
  if (opened.policy.version === policyVersion) return opened
  const message = `audit.policy does not hold the text of version ${policyVersion}`
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
