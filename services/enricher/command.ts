/** `crosspoint enricher <dependency...>`: run the lookups of one dependency, or of several in one process. */
import type { Command } from 'commander'
import { example } from '../platform/environment.ts'

export function register(program: Command): void {
  program
    .command('enricher')
    .argument('<dependency...>', 'dependencies of the policy, such as crm')
    .description(
      'Look every call up in a dependency and publish what came of it. Several may share a process, which ' +
        'takes less of memory and processor; one of its own keeps its troubles to itself.',
    )
    .addHelpText(
      'after',
      example(
        ['crosspoint enricher crm', 'ask the CRM about every call'],
        ['HTTP_PORT=9101 crosspoint enricher billing', 'the same for billing, metrics on 9101'],
        ['crosspoint enricher crm billing scheduling priority', 'all four in one process'],
      ),
    )
    .action(async (dependencies: readonly string[]) => {
      const { runEnrichers } = await import('./main.ts')
      await runEnrichers(dependencies)
    })
}
