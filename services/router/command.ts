/** `crosspoint router`: run a router with its auditor. */
import type { Command } from 'commander'
import { example } from '../platform/environment.ts'

export function register(program: Command): void {
  program
    .command('router')
    .description(
      'Decide where calls go, and write down why (its auditor runs in the same process).',
    )
    .addHelpText(
      'after',
      example(
        ['crosspoint router', 'decide; start several to share the partitions'],
        ['LANE=backup crosspoint router', 'decide only what no primary has, just in time'],
      ),
    )
    .action(async () => {
      const { runRouter } = await import('./main.ts')
      await runRouter()
    })
}
