/** `crosspoint audit report`. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { example } from '../../platform/environment.ts'
import { plain } from '../plain.ts'
import { addRangeOptions, type RangeOptions, withRange } from '../sql/range.ts'
import { requireWritable } from '../writable.ts'
import { sentenceColumns } from '../wrap.ts'
import { reportHtml } from './html.ts'
import { measure } from './measure.ts'
import { reportText } from './text.ts'

interface ReportOptions extends RangeOptions {
  readonly where?: string
  readonly html?: string
  readonly json?: true
}

export function registerReport(audit: Command): void {
  const report = audit
    .command('report')
    .description(
      'Count reasons by dependency, cause, reason, target and time: how many calls, what they waited, ' +
        'and whether it mattered (proven where the late answer would have changed the route).',
    )
  addRangeOptions(report)
    .option('--where <condition>', 'only calls that fulfil it: SQL over the columns of `request`')
    .option('--html <file>', 'write a page with plots too; it needs no network')
    .option('--json', 'print the numbers as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint audit report --from 1d', 'the last day'],
        ['crosspoint audit report --html report.html', 'to show around'],
        [
          `crosspoint audit report --where "'CRM_TIMED_OUT' IN reasons"`,
          'only calls that the CRM kept waiting',
        ],
        [
          `crosspoint audit report --export audit --where "targetId = 'general'"`,
          'what led to the general queue',
        ],
      ),
    )
    .action(runReport)
}

const print = (line: string): void => void process.stdout.write(`${plain(line)}\n`)

async function runReport(options: ReportOptions): Promise<void> {
  if (options.html !== undefined) requireWritable(options.html)
  const report = await withRange(options, Date.now(), (duck) =>
    measure(duck, options.where ?? null),
  )
  if (options.html !== undefined) writeFileSync(options.html, reportHtml(report))
  if (options.json) return print(JSON.stringify(report))
  const { columns } = process.stdout
  const widths = { sentence: sentenceColumns(process.stdout), table: columns ?? Infinity }
  for (const line of reportText(report, widths)) print(line)
  if (options.html !== undefined) print(`\nThe page with plots: ${options.html}`)
}
