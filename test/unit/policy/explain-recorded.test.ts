/** `policy explain --call`: what the audit holds of a call, explained by the policy that decided it. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { explain } from '../../../services/policy/explain/explain.ts'
import { recordedSubjects } from '../../../services/policy/explain/recorded.ts'
import { openPolicy } from '../../../services/policy/load.ts'
import { storedTopics } from '../audit/stored.ts'
import { decision } from '../audit/world.ts'

const text = readFileSync('policy/policy.yaml', 'utf8')
const example = openPolicy(text, { file: 'policy.yaml' })
const other = openPolicy(`${text}# another\n`, { file: 'other.yaml' })

const record = {
  ...decision,
  policyName: 'example',
  policyVersion: example.policy.version,
  ruleId: 'vip',
  target: { type: 'QUEUE', id: 'vip' } as const,
  arrival: { language: 'fr' },
  lookups: example.policy.dependencies.map(({ name }) => ({
    ...(decision.lookups[0] ?? ({} as never)),
    dependency: name,
    outcome: name === 'priority' ? ('FOUND' as const) : ('NOT_NEEDED' as const),
    cause: null,
    origin: 'LIVE' as const,
    facts: name === 'priority' ? { vip: true } : {},
  })),
}

const version = {
  policyVersion: example.policy.version,
  policyName: 'example',
  text,
  activeFrom: 1,
  author: 'router',
  reason: '',
  publishedAt: 1,
}

const choice = { given: null, configured: () => other }

describe('a decided call', () => {
  test('is explained by the text that decided it; what was not needed is pending', async () => {
    const { put, read } = storedTopics()
    put('audit.decision', record)
    put('audit.policy', version)
    const [subject] = await read((source) => recordedSubjects(source, 'call-1', choice))
    expect(subject?.title).toBe(`call call-1, request 1, ${record.trigger}`)
    expect(subject?.opened.policy.version).toBe(example.policy.version)
    const told = subject && explain(subject.opened, subject.question)
    expect(told?.verdict).toMatchObject({ ruleId: 'vip', language: 'fr' })
    expect(told?.pending.map(({ dependency }) => dependency)).toEqual([
      'crm',
      'billing',
      'scheduling',
    ])
  })

  test('without its text, the configured policy explains it only if it is the same version', async () => {
    const { put, read } = storedTopics()
    put('audit.decision', record)
    const same = { given: null, configured: () => example }
    expect(await read((source) => recordedSubjects(source, 'call-1', same))).toHaveLength(1)
    await expect(
      read((source) => recordedSubjects(source, 'call-1', choice)),
    ).rejects.toMatchObject({ code: 'XP_POLICY_FILE' })
  })

  test('says that another policy explains it, and what differs from the record', async () => {
    const { put, read } = storedTopics()
    put('audit.decision', { ...record, target: { type: 'QUEUE', id: 'general' } })
    const given = { given: other, configured: () => example }
    const [subject] = await read((source) => recordedSubjects(source, 'call-1', given))
    expect(subject?.title).toContain(`explained by example@${other.policy.version}, decided by`)
    expect(subject?.title).toContain('recorded is general by rule vip, which differs')
  })

  test('that could not be read tells that no rule was asked', async () => {
    const { put, read } = storedTopics()
    put('audit.decision', { ...record, trigger: 'UNREADABLE' })
    put('audit.policy', version)
    const [subject] = await read((source) => recordedSubjects(source, 'call-1', choice))
    expect(subject?.title).toContain('no rule was asked')
  })
})
