/** `crosspoint call`: one call into a running deployment, and what was decided about it. */
import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { CallArrived } from '../../schemas/records.ts'
import { plain } from '../audit/plain.ts'
import { timelineOf } from '../audit/show/timeline.ts'
import { durationMs } from '../platform/duration.ts'
import { CrosspointError } from '../errors.ts'
import { example } from '../platform/environment.ts'
import { withTool } from '../platform/tool.ts'
import { type CallGiven, arrivalOf } from './arrival.ts'
import { placeCall } from './place.ts'

interface CallOptions extends CallGiven {
  readonly wait: string
  readonly json?: true
}

export function register(program: Command): void {
  program
    .command('call')
    .description(
      'Place one call: publish it as a switch does, wait for its decision as an ACD does, and tell why\n' +
        'it went where it went. Whoever reads call.routed is told of it as of any other call.',
    )
    .requiredOption('--dnis <number>', 'the number dialled')
    .option('--ani <number>', "the caller's number, E.164; absent: it is not known")
    .option('--ced <digits>', 'digits the caller entered')
    .option('--language <tag>', 'language, such as de')
    .option('--choice <key>', 'what the caller chose in the menu')
    .option('--intent <name>', 'what the IVR understood the caller wants')
    .option('--wait <time>', 'how long to wait for the decision: 10s, 1m', '10s')
    .option('--json', 'print the decision as JSON')
    .addHelpText('after', HELP)
    .action(runCall)
}

const HELP = `${example(
  [
    'crosspoint call --ani +493023125000 --dnis +493023125990',
    'a caller whom the stub systems of record know',
  ],
  ['crosspoint call --dnis +493023125990 --intent billing', 'a caller whose number is not known'],
)}
The call id is made up anew each time. Exit code 1 when no decision came in time. On a cluster with
access rights it needs those of a switch and of an ACD.
`

async function runCall(options: CallOptions): Promise<void> {
  const waitMs = durationMs(options.wait)
  if (waitMs === null || waitMs === 0) {
    throw new CrosspointError('XP_USAGE', `--wait ${options.wait} is no length of time`, {
      remedy: 'Give one such as 10s or 1m.',
    })
  }
  const arrival: CallArrived = {
    ...arrivalOf(options, wordOf(randomUUID())),
    switchTime: Date.now(),
  }
  const { decision, appendedAt } = await withTool('call', (tool) =>
    placeCall(tool, arrival, waitMs),
  )
  const text = options.json
    ? JSON.stringify(decision)
    : plain(
        timelineOf({ decision: { ...decision, appendedAt, effective: true }, late: [] }).join('\n'),
      )
  process.stdout.write(`${text}\n`)
}

/** Letters only: digits in a row in a key could pass for somebody's number. */
function wordOf(uuid: string): string {
  return `try-${uuid.replaceAll(/\d/gu, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}`
}
