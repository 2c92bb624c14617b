/**
 * What each piece of a call's way costs: microseconds and bytes of heap an operation, and the time as
 * a multiple of a fixed reference, so that numbers of different machines compare.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { asked, wholeNumber } from '../../script.ts'
import { exceeded } from './bounds.ts'
import { enricherPieces } from './enrichers.ts'
import { type Figures, measure, type Piece, reference } from './measure.ts'
import { piecesOf } from './pieces.ts'
import { shellPiece } from './shells.ts'
import { wirePieces } from './wire.ts'

const USAGE = `npm run bench:micro -- [--only TEXT] [--batches 200] [--check] [--out FILE]
  --only     pieces whose name has this in it
  --batches  how often each is measured
  --check    fails when a piece costs far more than it did (test/bench/micro/bounds.ts)
  --out      writes the figures as JSON as well
Best on a core of its own: taskset -c 0 npm run bench:micro`

const POLICY_FILE = join(import.meta.dirname, '..', '..', '..', 'policy', 'policy.yaml')
const SHELL_BATCHES_MAX = 30

/** Figures with the cost as a multiple of the reference, both at their quickest: what others do on the machine only adds. */
export interface Compared extends Figures {
  readonly times: number
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const round = (value: number): string => value.toFixed(value < 100 ? 2 : 0).padStart(9)

/** The reference is measured again next to each piece: a busy machine slows both. */
async function compare(piece: Piece, batches: number): Promise<Compared> {
  const before = await measure(reference, Math.ceil(batches / 4))
  const figures = await measure(piece, batches)
  const after = await measure(reference, Math.ceil(batches / 4))
  return { ...figures, times: figures.least / Math.min(before.least, after.least) }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      batches: { type: 'string', default: '200' },
      check: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  })
  const batches = wholeNumber('--batches', values.batches)
  const policy = loadPolicyFile(POLICY_FILE)
  const shells = await shellPiece(policy)
  const enrichers = await enricherPieces(policy)
  const wanted = [
    reference,
    ...piecesOf(policy),
    ...wirePieces(),
    ...enrichers,
    shells.piece,
  ].filter(({ name }) => name.includes(values.only))

  say(`${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores usable, Node ${process.version}`)
  say(`${' '.repeat(24)}  least µs    p50 µs    p99 µs    max µs  x reference   bytes  per`)
  const all: Compared[] = []
  for (const piece of wanted) {
    const isShell = piece === shells.piece || enrichers.includes(piece)
    const most = isShell ? Math.min(batches, SHELL_BATCHES_MAX) : batches
    const found = await compare(piece, most)
    all.push(found)
    const times = [found.least, found.p50, found.p99, found.max].map(round).join(' ')
    const bytes = String(Math.round(found.bytes)).padStart(7)
    say(`${found.name.padEnd(24)}${times} ${round(found.times)}   ${bytes}   ${found.per}`)
  }
  await shells.stop()
  if (values.out !== undefined) {
    const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version }
    const written = { at: new Date().toISOString(), machine, figures: all }
    writeFileSync(values.out, `${JSON.stringify(written, null, 2)}\n`)
  }
  if (values.check) {
    const broken = all.flatMap((figures) => exceeded(figures))
    for (const line of broken) say(`TOO MUCH: ${line}`)
    process.exitCode = broken.length > 0 ? 1 : 0
  }
}

await asked(USAGE, main)
