/** `crosspoint enricher <dependency>`: run the lookups of one dependency. */
import type { Command } from 'commander'
import { example } from '../platform/environment.ts'

export function register(program: Command): void {
  program
    .command('enricher')
    .argument('<dependency>', 'a dependency of the policy, such as crm')
    .description('Look every call up in one dependency and publish what came of it.')
    .addHelpText(
      'after',
      example(
        ['crosspoint enricher crm', 'ask the CRM about every call'],
        ['HTTP_PORT=9101 crosspoint enricher billing', 'the same for billing, metrics on 9101'],
      ),
    )
    .action(async (dependency: string) => {
      const { runEnricher } = await import('./main.ts')
      await runEnricher(dependency)
    })
}
