/** `crosspoint policy …`: what a routing policy does, before it does it to callers. */
import type { Command } from 'commander'
import { registerCheck } from './commands/check.ts'
import { registerDiff } from './commands/diff.ts'
import { registerDrill } from './commands/drill.ts'
import { registerExplain } from './commands/explain.ts'
import { registerTest } from './commands/test.ts'

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .description('Find out what a routing policy does before callers do.')
  registerCheck(policy)
  registerTest(policy)
  registerExplain(policy)
  registerDiff(policy)
  registerDrill(policy)
}
