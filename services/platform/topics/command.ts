/** `crosspoint topics apply|diff|acls`. Never deletes, never changes what a topic already holds. */
import type { Command } from 'commander'
import { example, settingsFromEnvironment } from '../environment.ts'
import { connectAdmin, type LogAdmin } from '../kafka/admin.ts'
import { kafkaOptions } from '../kafka-options.ts'
import type { Settings } from '../settings.ts'
import { wantedTopics, type Difference } from './plan.ts'
import { asAclCommand, rights } from './rights.ts'
import { failure, findDifferences, sentence } from './verify.ts'

export function register(program: Command): void {
  const topics = program
    .command('topics')
    .description('Create the topics and show how those on the brokers differ from the table.')
  topics
    .command('apply')
    .description('Create what is missing and mend settings. Deletes nothing.')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', example(['crosspoint topics apply', 'create what is missing']))
    .action((options: { json?: true }) =>
      withAdmin((admin, settings) => apply(admin, settings, options)),
    )
  topics
    .command('diff')
    .description('Show how the topics on the brokers differ. Exit code 1 when they do.')
    .option('--json', 'print the differences as JSON')
    .addHelpText('after', example(['crosspoint topics diff', 'compare, change nothing']))
    .action((options: { json?: true }) =>
      withAdmin((admin, settings) => diff(admin, settings, options)),
    )
  topics
    .command('acls')
    .description('Print the rights each role needs on the brokers, from the topic table.')
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      `${example(['crosspoint topics acls', "as commands of Kafka's own kafka-acls.sh"])}
A router runs an auditor too: its user needs the rights of both. operator: policy publish, override and
dlt; analyst: the audit topics; compliance: audit verify, which holds them against the calls themselves.
`,
    )
    .action((options: { json?: true }) => {
      const found = rights(settingsFromEnvironment().TOPIC_PREFIX)
      const lines = found.map(asAclCommand).join('\n')
      print(options.json ? JSON.stringify(found) : lines)
    })
}

async function withAdmin(
  run: (admin: LogAdmin, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = settingsFromEnvironment()
  const admin = await connectAdmin(kafkaOptions(settings, 'topics'))
  try {
    await run(admin, settings)
  } finally {
    await admin.close()
  }
}

async function diff(admin: LogAdmin, settings: Settings, { json }: { json?: true }): Promise<void> {
  const { differences } = await findDifferences(admin, settings.CALL_PARTITIONS)
  if (json) print(JSON.stringify(differences))
  else if (differences.length === 0) print('The topics are as they should be.')
  else print(differences.map((found) => `${mark(found)} ${sentence(found)}`).join('\n'))
  if (differences.length > 0) process.exitCode = 1
}

const mark = ({ mendable, fatal }: Difference): string =>
  mendable ? 'apply mends:    ' : fatal ? 'can not be used:' : 'for people:     '

/** Creates and mends; throws XP_TOPIC_MISMATCH for what it must not touch, before it changes anything. */
async function apply(
  admin: LogAdmin,
  settings: Settings,
  { json }: { json?: true },
): Promise<void> {
  const { deployment, differences } = await findDifferences(admin, settings.CALL_PARTITIONS)
  const broken = differences.filter(({ fatal, mendable }) => fatal && !mendable)
  if (broken.length > 0) throw failure(broken)
  const missing = new Set(differences.filter(({ what }) => what === 'missing').map((d) => d.topic))
  await admin.createTopics(wantedTopics(deployment).filter(({ topic }) => missing.has(topic)))
  const mended = differences.filter(({ what, mendable }) => mendable && what !== 'missing')
  for (const { topic, what, wanted } of mended) await admin.alterConfigs(topic, { [what]: wanted })
  const left = differences.filter(({ mendable }) => !mendable)
  if (json) print(JSON.stringify({ created: [...missing], mended, left }))
  else {
    print(`${missing.size} topics created, ${mended.length} settings mended.`)
    for (const found of left) print(`left to people: ${sentence(found)}`)
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
