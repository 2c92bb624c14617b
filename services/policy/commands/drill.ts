/** `crosspoint policy drill`: what callers get when systems of record fail, alone and in pairs. */
import type { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { CrosspointError } from '../../errors.ts'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { drill } from '../drill/drill.ts'
import { drillPage } from '../drill/page.ts'
import { drillText } from '../drill/text.ts'
import { openPolicyFile } from '../load.ts'

interface DrillOptions {
  readonly html?: string
  readonly pairs?: true
  readonly json?: true
}

export function registerDrill(policy: Command): void {
  policy
    .command('drill')
    .description(
      'Let each dependency fail in each way, alone and in pairs: what callers would get.',
    )
    .argument('[file]', 'the policy; absent: POLICY_FILE')
    .option('--html <file>', 'also write a page with heat maps, readable without a network')
    .option('--pairs', 'print all pairs, not only the worst')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint policy drill', 'the policy that routers would load'],
        ['crosspoint policy drill next.yaml --html drill.html', 'a page to show to others'],
      ),
    )
    .action((file: string | undefined, options: DrillOptions) => {
      const { policy: drilled, ...opened } = openPolicyFile(
        file ?? settingsFromEnvironment().POLICY_FILE,
      )
      const told = drill({ policy: drilled, ...opened })
      if (options.html !== undefined) writePage(options.html, drillPage(told, drilled))
      const text = options.json
        ? JSON.stringify({ name: drilled.name, version: drilled.version, ...told })
        : drillText(told, drilled.name, options.pairs ?? false).join('\n')
      process.stdout.write(`${text}\n`)
    })
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page)
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    const remedy = 'Name a file in a folder that exists and can be written to.'
    throw new CrosspointError('XP_USAGE', `${path} can not be written: ${why}`, { remedy, cause })
  }
}
