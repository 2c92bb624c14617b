/** `crosspoint policy …`: what a routing policy does, before it does it to callers, and publishing it. */
import type { Command } from 'commander'
import { registerCheck } from './commands/check.ts'
import { registerDiff } from './commands/diff.ts'
import { registerDrill } from './commands/drill.ts'
import { registerExplain } from './commands/explain.ts'
import { registerPublish } from './commands/publish.ts'
import { registerTest } from './commands/test.ts'
import { registerVersions } from './commands/versions.ts'

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .description('Find out what a routing policy does before callers do, and publish it.')
  registerCheck(policy)
  registerTest(policy)
  registerExplain(policy)
  registerDiff(policy)
  registerDrill(policy)
  registerPublish(policy, Date.now)
  registerVersions(policy, Date.now)
}
