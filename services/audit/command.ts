/** `crosspoint audit …`: why calls went where they went. */
import type { Command } from 'commander'
import { CrosspointError } from '../errors.ts'
import { example } from '../platform/environment.ts'
import { withTool } from '../platform/tool.ts'
import { registerExport } from './export/command.ts'
import { momentOf, rangeGiven } from './moment.ts'
import { plain } from './plain.ts'
import { registerReport } from './report/command.ts'
import { registerSql } from './sql/command.ts'
import { storiesOf } from './show/show.ts'
import { timelineOf } from './show/timeline.ts'
import { tail } from './tail/tail.ts'
import { waitingText } from './tail/waiting.ts'
import { verifyStored } from './verify/stored.ts'

export function register(program: Command): void {
  const audit = program
    .command('audit')
    .description('Read from the audit topics why calls went where they went.')
  audit
    .command('tail')
    .description(
      'Print reasons as they happen, one sentence a line. STATE, DEGRADED or FAILED in front of a reason is its kind: ' +
        'a valid state; facts that are not live, not fresh or not complete; facts that did not come. ' +
        'It is no outcome: a lookup that timed out is of kind FAILED.',
    )
    .option('--from <moment>', 'begin earlier: start, an age (10m, 2h, 1d) or an ISO time')
    .option('--once', 'stop at the end of what is stored instead of waiting for more')
    .option('--decisions', 'every decision too, not only those with a reason to tell')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      example(
        ['crosspoint audit tail', 'watch what goes wrong as it does'],
        ['crosspoint audit tail --from 1h --once', 'what went wrong in the last hour'],
        ['crosspoint audit tail --decisions --json', 'everything, for a program'],
      ),
    )
    .action(runTail)
  audit
    .command('show')
    .argument('<call>', 'call id')
    .description('Draw one call: what was asked, what came back when, what was decided and why.')
    .option('--json', 'the records themselves')
    .addHelpText('after', example(['crosspoint audit show 7f3c-21', 'the story of that call']))
    .action(runShow)
  audit
    .command('verify')
    .description(
      'Check the promises I1 to I8 and I10 against what is stored. Exits 1 on a breach. A promise ' +
        'whose records are deleted by now is called gone: arrivals and lookups are kept a day, ' +
        'decisions for the ACD seven. One partition of the range is held in memory at a time.',
    )
    .option('--from <moment>', 'only calls that came since: an age (10m, 2h, 1d) or an ISO time')
    .option('--to <moment>', 'only calls that came before: an age or an ISO time')
    .option('--json', 'print the verdict as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint audit verify --from 1h', 'as an auditor would'],
        ['crosspoint audit verify --from 1d --to 2m', 'while calls come: what is decided by now'],
      ),
    )
    .action(runVerify)
  registerExport(audit)
  registerSql(audit)
  registerReport(audit)
}

const print = (line: string): void => void process.stdout.write(`${plain(line)}\n`)

interface TailOptions {
  readonly from?: string
  readonly once?: true
  readonly decisions?: true
  readonly json?: true
}

async function runTail(options: TailOptions): Promise<void> {
  const from = options.from === undefined ? 'end' : momentOf(options.from, Date.now())
  const ended = new AbortController()
  process.once('SIGINT', () => ended.abort())
  process.once('SIGTERM', () => ended.abort())
  await withTool('audit-tail', ({ client, codec }) => {
    if (!options.once && process.stderr.isTTY) process.stderr.write(`${waitingText(options)}\n`)
    return tail(
      { reader: client.reader, codec },
      {
        from: options.once && from === 'end' ? 'start' : from,
        until: options.once ? 'end' : 'never',
        decisions: options.decisions ?? false,
        json: options.json ?? false,
        signal: ended.signal,
      },
      print,
    )
  })
}

async function runShow(callId: string, { json }: { json?: true }): Promise<void> {
  const stories = await withTool('audit-show', ({ client, codec }) =>
    storiesOf({ reader: client.reader, codec }, callId),
  )
  if (json) return print(JSON.stringify(stories))
  for (const story of stories) print(`${timelineOf(story).join('\n')}\n`)
}

const BREACHES_SHOWN = 5

function rangeText(from: string | undefined, to: string | undefined): string {
  const parts = [
    from === undefined ? null : `since ${from}`,
    to === undefined ? null : `before ${to}`,
  ]
  return parts.filter((part) => part !== null).join(' and ') || 'so far'
}

interface VerifyOptions {
  readonly from?: string
  readonly to?: string
  readonly json?: true
}

async function runVerify({ from, to, json }: VerifyOptions): Promise<void> {
  const given = rangeGiven({ from, to }, Date.now())
  const range = { fromMs: given.from?.timeMs ?? null, toMs: given.to?.timeMs ?? null }
  const verdicts = await withTool('audit-verify', ({ client, codec, settings }) =>
    verifyStored(
      { reader: client.reader, offsets: client.offsets, codec },
      range,
      settings.MAX_CLOCK_SKEW_MS,
    ),
  )
  if (verdicts.every(({ checked, beyond, id }) => checked + beyond === 0 || id === 'I10')) {
    throw new CrosspointError('XP_AUDIT_EMPTY', `no call came ${rangeText(from, to)}`)
  }
  if (verdicts.some((one) => !one.holds)) process.exitCode = 1
  if (json) return print(JSON.stringify(verdicts))
  for (const { id, text, holds, checked, beyond, breaches } of verdicts) {
    const kept = beyond === 0 ? '' : `, ${beyond} older than what they rest on is kept`
    const word = holds ? (checked === 0 ? 'gone' : 'holds') : 'BROKEN'
    print(`${word.padEnd(6)}  ${id.padEnd(3)}  ${text} (${checked} looked at${kept})`)
    for (const breach of breaches.slice(0, BREACHES_SHOWN)) print(`             ${breach.what}`)
    const more = breaches.length - BREACHES_SHOWN
    if (more > 0) print(`             and ${more} more`)
  }
}
