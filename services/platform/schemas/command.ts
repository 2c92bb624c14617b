/** `crosspoint schemas apply|check|freeze`. */
import type { Command } from 'commander'
import { CrosspointError } from '../../errors.ts'
import { example, settingsFromEnvironment } from '../environment.ts'
import { registryOptions } from '../kafka-options.ts'
import { connectRegistry, type Registry } from '../registry.ts'
import { applySchemas, checkSchemas } from './apply.ts'
import { freeze, historyProblems, isUnfrozen, RECORD_NAMES } from './history.ts'

export function register(program: Command): void {
  const schemas = program
    .command('schemas')
    .description('Register the schemas, and check that records of every age stay readable.')
  schemas
    .command('apply')
    .description('Register every schema as <prefix><topic>-value, under FULL_TRANSITIVE.')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', example(['crosspoint schemas apply', 'before the first service starts']))
    .action(apply)
  schemas
    .command('check')
    .description(
      'Check the schemas against their frozen history and the registry. Changes nothing.',
    )
    .option('--offline', 'only against the frozen history, without a registry')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint schemas check', 'before an upgrade'],
        ['crosspoint schemas check --offline', 'in continuous integration'],
      ),
    )
    .action(check)
  schemas
    .command('freeze')
    .description('Freeze changed schemas as their next version in schemas/history, for a release.')
    .addHelpText('after', example(['crosspoint schemas freeze', 'once a release is sure']))
    .action(() => {
      const changed = RECORD_NAMES.filter(isUnfrozen)
      for (const record of changed) print(`${record} is frozen as v${freeze(record)}`)
      if (changed.length === 0) print('Nothing changed since the last freeze.')
    })
}

async function apply({ json }: { json?: true }): Promise<void> {
  refuse(RECORD_NAMES.flatMap(historyProblems))
  const reports = await withRegistry((registry, prefix) => applySchemas(registry, prefix))
  if (json) return print(JSON.stringify(reports))
  for (const { subject, state, id } of reports) print(`${state.padEnd(10)} ${subject} (id ${id})`)
}

async function check({ offline, json }: { offline?: true; json?: true }): Promise<void> {
  const problems = RECORD_NAMES.flatMap(historyProblems)
  const reports = offline
    ? []
    : await withRegistry((registry, prefix) => checkSchemas(registry, prefix))
  const unfrozen = RECORD_NAMES.filter(isUnfrozen)
  if (json) print(JSON.stringify({ history: problems, unfrozen, subjects: reports }))
  else {
    for (const record of unfrozen) print(`changed since its last freeze: ${record}`)
    for (const { subject, state } of reports) print(`${state.padEnd(10)} ${subject}`)
  }
  const missing = reports.filter(({ state }) => state === 'missing')
  if (missing.length > 0 && problems.length === 0) {
    const names = missing.map(({ subject }) => subject).join(', ')
    throw new CrosspointError('XP_SCHEMA_MISSING', `not registered: ${names}`)
  }
  refuse([...problems, ...reports.flatMap((r) => r.problems.map((p) => `${r.subject}: ${p}`))])
  if (!json) print(`${RECORD_NAMES.length} records can be read and written at every version.`)
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new CrosspointError('XP_SCHEMA_INCOMPATIBLE', problems.join('\n  '))
}

async function withRegistry<T>(
  run: (registry: Registry, topicPrefix: string) => Promise<T>,
): Promise<T> {
  const settings = settingsFromEnvironment()
  const registry = connectRegistry(registryOptions(settings))
  try {
    return await run(registry, settings.TOPIC_PREFIX)
  } finally {
    await registry.close()
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
