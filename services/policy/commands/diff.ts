/** `crosspoint policy diff`: what a new policy would do otherwise, before it does. */
import type { Command } from 'commander'
import { example } from '../../platform/environment.ts'
import { diff } from '../diff/diff.ts'
import type { PolicyDiff } from '../diff/diff.ts'
import { openPolicyFile } from '../load.ts'
import { countText, shareText } from '../space/words.ts'

export function registerDiff(policy: Command): void {
  policy
    .command('diff')
    .description(
      'Tell which calls a new policy sends elsewhere. Exit code 1 when anything differs.',
    )
    .argument('<old>', 'the policy as it is')
    .argument('<new>', 'the policy as it shall be')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(['crosspoint policy diff policy.yaml next.yaml', 'what next.yaml would change']) +
        '\nCompared are all combinations that either policy can tell apart, not their texts: a rule\n' +
        'that moved without taking a call from another is no difference.\n',
    )
    .action((old: string, next: string, options: { json?: true }) => {
      const told = diff(openPolicyFile(old), openPolicyFile(next))
      if (!told.same) process.exitCode = 1
      const text = options.json ? JSON.stringify(told) : diffText(told).join('\n')
      process.stdout.write(`${text}\n`)
    })
}

/** A difference for people, line by line. */
export function diffText({
  same,
  weight,
  changed,
  exhaustive,
  routes,
  fallbacks,
  declared,
}: PolicyDiff) {
  const how = exhaustive ? 'all covered' : 'estimated from a sample'
  const all = `${countText(weight)} combinations (${how})`
  if (same) return [`Both policies do the same in ${all}.`]
  const told: string[] = [
    routes.length === 0
      ? `No route changes in ${all}.`
      : `Routes change in ${shareText(changed, weight)} of ${all}:`,
  ]
  for (const { from, to, weight: part, example: one } of routes) {
    told.push(
      '',
      `  ${shareText(part, weight)}  (${countText(part)})`,
      `    was  ${from.rule} → ${from.route}`,
      `    now  ${to.rule} → ${to.route}`,
      `    e.g. ${one.join(', ')}`,
    )
  }
  if (fallbacks.length > 0) told.push('', 'Fallbacks that change:')
  for (const { dependency, from, to, endings, example: one } of fallbacks) {
    told.push(
      `  ${dependency}, ${endings} of its endings, e.g. ${one}`,
      `    was  ${from}`,
      `    now  ${to}`,
    )
  }
  if (declared.length > 0) told.push('', 'Declarations that change:')
  return [...told, ...declared.map((line) => `  ${line}`)]
}
