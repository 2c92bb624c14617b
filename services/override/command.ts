/**
 * `crosspoint override set|list|clear`: facts by hand in a dependency's stead, with an author, a reason
 * and an end. Each change goes to ops.override, where enrichers read it, and to audit.override, where its
 * facts stand by audit class as everywhere in the audit.
 */
import type { Command } from 'commander'
import type { OverrideSet } from '../../schemas/records.ts'
import type { Facts } from '../domain/facts.ts'
import { requireAccount } from '../platform/account.ts'
import { example, settingsFromEnvironment } from '../platform/environment.ts'
import type { Ack, LogProducer } from '../platform/ports.ts'
import { createPrivacy, generateTokenKey } from '../platform/privacy.ts'
import { type Tool, withTool } from '../platform/tool.ts'
import { policyInForce } from '../policy/in-force.ts'
import type { Policy } from '../policy/policy.ts'
import { readOverrides } from './read.ts'
import { dependencyOf, described, expiryMs, factsOf, standing } from './request.ts'

interface ChangeOptions {
  readonly reason: string
  readonly author: string
  readonly json?: true
}

interface SetOptions extends ChangeOptions {
  readonly fact?: readonly string[]
  readonly expiresIn: string
}

export function register(program: Command): void {
  const override = program
    .command('override')
    .description("Set facts by hand in a dependency's stead; they win over live and cached ones.")
  const collect = (pair: string, before: readonly string[] = []): readonly string[] => [
    ...before,
    pair,
  ]
  override
    .command('set')
    .argument('<dependency>')
    .description('Set an override. It replaces all facts of the dependency until it expires.')
    .option('--fact <name=value>', 'a fact; may be given several times', collect)
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--author <name>', 'who')
    .requiredOption('--expires-in <time>', 'when it ends by itself: 30m, 2h, 1d')
    .option('--json', 'print the record as JSON')
    .addHelpText(
      'after',
      example([
        "crosspoint override set scheduling --fact open=false \\\n    --reason 'storm' --author jo --expires-in 2h",
        'closed for two hours, whatever the scheduling tool says',
      ]),
    )
    .action(runSet)
  override
    .command('clear')
    .argument('<dependency>')
    .description('End an override before its time.')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--author <name>', 'who')
    .option('--json', 'print the record as JSON')
    .addHelpText(
      'after',
      example(['crosspoint override clear crm --reason healed --author jo', '']),
    )
    .action(runClear)
  override
    .command('list')
    .description('Show the overrides that stand.')
    .option('--json', 'print them as JSON')
    .addHelpText('after', example(['crosspoint override list', 'what stands, until when and why']))
    .action(runList)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

async function runSet(name: string, options: SetOptions): Promise<void> {
  const forMs = expiryMs(options.expiresIn)
  requireAccount(options, 'XP_OVERRIDE_INVALID')
  const { record, missing } = await withTool('override', (tool) => set(tool, name, options, forMs))
  if (options.json) print(JSON.stringify({ ...record, missing }))
  else {
    print(described(record))
    if (missing.length > 0) print(`Missing while it stands: ${missing.join(', ')}`)
  }
}

/** Facts, their types and their audit classes are those of the policy that enrichers go by now. */
async function set(tool: Tool, name: string, options: SetOptions, forMs: number) {
  const policy = await policyOf(tool)
  const dependency = dependencyOf(policy, name)
  const facts = factsOf(options.fact ?? [], dependency)
  const audited = auditedFacts(policy, name, facts)
  const missing = Object.keys(dependency.facts).filter((fact) => !(fact in facts))
  const recordAt = (setAt: number): OverrideSet => ({
    ...changeOf(name, options, setAt),
    action: 'SET',
    facts,
    expiresAt: setAt + forMs,
    tokenKeyId: null,
  })
  return { record: await write(tool, recordAt, audited), missing }
}

const policyOf = ({ settings, client, codec }: Tool): Promise<Policy> =>
  policyInForce({ reader: client.reader, codec }, settings.POLICY_FILE, Date.now())

async function runClear(name: string, options: ChangeOptions): Promise<void> {
  requireAccount(options, 'XP_OVERRIDE_INVALID')
  const recordAt = (setAt: number): OverrideSet => ({
    ...changeOf(name, options, setAt),
    action: 'CLEAR',
    facts: {},
    expiresAt: null,
    tokenKeyId: null,
  })
  const nothing = { facts: {}, tokenKeyId: null }
  const record = await withTool('override', async (tool) => {
    const stands = (await readStanding(tool)).some(({ dependency }) => dependency === name)
    // One that stands can be ended although the policy of today has no such dependency.
    if (stands) return write(tool, recordAt, nothing)
    dependencyOf(await policyOf(tool), name)
    return null
  })
  if (options.json) print(JSON.stringify(record))
  else print(record === null ? `${name}: no override stood` : `${name}: override ended`)
}

async function runList({ json }: { readonly json?: true }): Promise<void> {
  const found = await withTool('override', readStanding)
  if (json) print(JSON.stringify(found))
  else print(found.length === 0 ? 'No override stands.' : found.map(described).join('\n'))
}

/** What of an override the audit keeps. */
type Audited = Pick<OverrideSet, 'facts' | 'tokenKeyId'>

/**
 * The facts as the audit may keep them (design §6), and the key of the tokens among them. Tokens need the
 * services' TOKEN_KEY, or they would fit no other record; in development a missing one is made up.
 */
function auditedFacts(policy: Policy, name: string, facts: Facts): Audited {
  const specs = dependencyOf(policy, name).facts
  const tokens = Object.keys(facts).some((fact) => specs[fact]?.audit === 'token')
  const { CROSSPOINT_ENV } = settingsFromEnvironment()
  const needs = tokens && CROSSPOINT_ENV === 'production' ? (['TOKEN_KEY'] as const) : []
  const { TOKEN_KEY, TOKEN_KEY_ID } = settingsFromEnvironment(needs)
  const key = TOKEN_KEY === null ? generateTokenKey() : { id: TOKEN_KEY_ID, secret: TOKEN_KEY }
  const privacy = createPrivacy(key)
  const tokenKeyId = tokens ? privacy.keyId : null
  return { facts: policy.redact(name, facts, privacy), tokenKeyId }
}

function changeOf(dependency: string, { author, reason }: ChangeOptions, setAt: number) {
  return { dependency, author, reason, setAt }
}

/** This machine's clock may differ from the brokers' by so much before a record is set right. */
const SKEW_MS_MAX = 2000

/** Times are broker times: where this machine's clock is off, the record is written once more. */
async function write(
  { client, codec }: Tool,
  recordAt: (now: number) => OverrideSet,
  audited: Audited,
): Promise<OverrideSet> {
  const producer = await client.producer('override')
  try {
    const append = (to: 'ops.override' | 'audit.override', record: OverrideSet) =>
      appendTo(producer, to, record.dependency, codec.encode(to, record))
    let record = recordAt(Date.now())
    const { appendedAt } = await append('ops.override', record)
    if (Math.abs(appendedAt - record.setAt) > SKEW_MS_MAX) {
      record = recordAt(appendedAt)
      await append('ops.override', record)
    }
    await append('audit.override', { ...record, ...audited })
    return record
  } finally {
    await producer.close(5000)
  }
}

function appendTo(
  producer: LogProducer,
  topic: 'ops.override' | 'audit.override',
  key: string,
  value: Uint8Array,
): Promise<Ack> {
  return producer.append({ topic, partition: 0, key, value })
}

async function readStanding({ client, codec }: Tool): Promise<readonly OverrideSet[]> {
  return standing(await readOverrides({ reader: client.reader, codec }), Date.now())
}
