/** `crosspoint policy versions`: what was published, what governs calls, what is to come. */
import type { Command } from 'commander'
import { tableLines } from '../../audit/sql/table-text.ts'
import { example } from '../../platform/environment.ts'
import { withTool } from '../../platform/tool.ts'
import { type Entry, type PolicyHistory, readHistory } from '../history.ts'

/** `now` is the wall clock. */
export function registerVersions(policy: Command, now: () => number): void {
  policy
    .command('versions')
    .description('List the policies that were published: in force, to come, over, refused and why.')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint policy versions', 'what governs calls, and what will'],
        ['crosspoint policy publish --version 5d0c31f2 ...', 'go back to an older one'],
      ),
    )
    .action(async ({ json }: { readonly json?: true }) => {
      const nowMs = now()
      const history = await withTool('policy-versions', ({ client, codec }) =>
        readHistory({ reader: client.reader, codec }, nowMs),
      )
      const text = json
        ? JSON.stringify(asJson(history, nowMs))
        : versionsText(history, nowMs).join('\n')
      process.stdout.write(`${text}\n`)
    })
}

function versionsText(history: PolicyHistory, nowMs: number): readonly string[] {
  const { entries, startedWith } = history
  const isPublished = entries.some(({ state }) => state === 'in force')
  const lines: string[] = []
  if (entries.length > 0) {
    const columns = ['version', 'name', 'state', 'active from', 'author', 'reason']
    lines.push(...tableLines(columns, entries.map(rowOf)), '')
  }
  for (const { offset, refusal } of entries) {
    if (refusal !== null)
      lines.push(`refused at offset ${offset}: ${refusal.code} ${refusal.message}`)
  }
  const inForce = history.at(nowMs)
  if (isPublished && inForce !== null) {
    lines.push(`In force: ${inForce.policyName}@${inForce.policyVersion}.`)
  } else if (startedWith === null) {
    lines.push('No published policy is in force; each router goes by its own POLICY_FILE.')
  } else {
    const { policyName, policyVersion, author, publishedAt } = startedWith
    lines.push(
      'No published policy is in force; each router goes by its own POLICY_FILE. Last started with',
      `${policyName}@${policyVersion}: ${author}, ${timeOf(publishedAt)}.`,
    )
  }
  return lines
}

function rowOf({ published, state, appendedAt }: Entry): readonly string[] {
  if (published === null) return ['?', '?', state, `read ${timeOf(appendedAt)}`, '', '']
  const { policyVersion, policyName, activeFrom, author, reason } = published
  return [policyVersion, policyName, state, timeOf(activeFrom), author, reason]
}

function asJson(history: PolicyHistory, nowMs: number) {
  const inForce = history.at(nowMs)
  return {
    inForce: inForce?.policyVersion ?? null,
    startedWith: withoutText(history.startedWith),
    entries: history.entries.map(({ published, ...entry }) => ({
      ...entry,
      published: withoutText(published),
    })),
  }
}

function withoutText<T extends { readonly text: string }>(published: T | null) {
  if (published === null) return null
  const { text: _left, ...rest } = published
  return rest
}

/** A time for people; any number may stand in a record. */
export function timeOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
