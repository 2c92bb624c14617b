/** `crosspoint policy check`: what is wrong with a policy, before anything uses it. */
import type { Command } from 'commander'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { loadPolicyFile } from '../load.ts'
import type { Policy } from '../policy.ts'

export function registerCheck(policy: Command): void {
  policy
    .command('check')
    .description('Tell every mistake of a policy with its place. Exit code 2 when there is one.')
    .argument('[file]', 'the policy; absent: POLICY_FILE')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint policy check', 'check the policy that routers would load'],
        ['crosspoint policy check next.yaml', 'check another file'],
      ),
    )
    .action((file: string | undefined, options: { json?: true }) => {
      const path = file ?? settingsFromEnvironment().POLICY_FILE
      const loaded = loadPolicyFile(path)
      const text = options.json ? JSON.stringify(asJson(loaded, path)) : described(loaded, path)
      process.stdout.write(`${text}\n`)
    })
}

function described(policy: Policy, path: string): string {
  const { windowMs, margins } = policy
  const { enricherMs, publishMs, backupMs } = margins
  const lookups = policy.dependencies.map(({ name, timeoutMs }) => `${name} ${timeoutMs} ms`)
  return [
    `${path}: policy '${policy.name}', version ${policy.version}, has no mistakes.`,
    `  A call is decided within ${windowMs} ms. Lookups end by ${windowMs - enricherMs} ms at the latest,`,
    `  the router decides by ${windowMs - publishMs} ms, a backup from ${windowMs - backupMs} ms on.`,
    `  Timeouts: ${lookups.join(', ')}.`,
  ].join('\n')
}

function asJson(policy: Policy, file: string) {
  const { name, version, windowMs, margins, staleCallMs } = policy
  const dependencies = policy.dependencies.map(({ name: dependency, timeoutMs, needs }) => ({
    name: dependency,
    timeoutMs,
    needs: needs === null ? null : `${needs.dependency}.${needs.fact}`,
  }))
  return { file, ok: true, name, version, windowMs, margins, staleCallMs, dependencies }
}
