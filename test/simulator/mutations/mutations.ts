/**
 * Breaks every rule on the list, one at a time, and prints which promise noticed it in which world, and
 * in the end by rule what was broken and where that was caught.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { asked, wholeNumber } from '../../script.ts'
import { hunt, type Hunt, type Outcome } from './hunt.ts'
import { MUTATIONS, mutationNamed } from './list.ts'
import type { Mutation } from './mutation.ts'
import { type Rule, RULES } from './rules.ts'

const USAGE = `npm run mutations -- [--only ID,ID] [--seeds N] [--calls N] [--workers N] [--shrink]
  --only    mutations by id, by commas (default: all)
  --seeds   worlds looked at for each, at most (default: 200)
  --calls   calls in each of them (default: 40)
  --shrink  tells the smallest world that notices
Exit code 1 when one is not caught.`

interface Row {
  readonly mutation: Mutation
  readonly outcome: Outcome
  readonly seconds: number
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '200' },
      calls: { type: 'string', default: '40' },
      shrink: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const chosen = values.only?.split(',').map(mutationNamed) ?? MUTATIONS
  const seeds = wholeNumber('--seeds', values.seeds)
  const calls = wholeNumber('--calls', values.calls)
  // Most are seen in small worlds, which are quick; some only where more happens at once.
  const rounds = [
    { calls, worlds: seeds },
    { calls: 3 * calls, worlds: Math.ceil(seeds / 4) },
  ]
  const began = performance.now()
  const workers = wholeNumber('--workers', values.workers)
  const rows = await huntAll(chosen, { rounds, shrink: values.shrink }, workers)
  const missed = rows.filter(({ outcome }) => outcome.kind !== 'caught').length
  process.stdout.write(
    `\n${Object.keys(RULES)
      .map((rule) => summaryOf(rule as Rule, rows))
      .join('')}\n`,
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  process.stdout.write(
    `${rows.length} rules broken in ${seconds} s; ` +
      `${missed === 0 ? 'every one was caught' : `${missed} NOT CAUGHT`}\n`,
  )
  process.exitCode = missed === 0 ? 0 : 1
}

/** Several at a time; rows are printed in the order of the list. */
async function huntAll(chosen: readonly Mutation[], rounds: Hunt, workers: number): Promise<Row[]> {
  const rows: (Row | undefined)[] = []
  let next = 0
  let printed = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < chosen.length; index = next++) {
      const mutation = chosen[index]
      if (mutation === undefined) return
      const began = performance.now()
      const outcome = await hunt(mutation, rounds)
      rows[index] = { mutation, outcome, seconds: (performance.now() - began) / 1000 }
      for (let row = rows[printed]; row !== undefined; row = rows[printed]) {
        process.stdout.write(textOf(row))
        printed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return rows.filter((row) => row !== undefined)
}

function textOf({ mutation, outcome, seconds }: Row): string {
  const { id, rule, broken, seenBy } = mutation
  const head = `${rule.padEnd(RULE_WIDTH)}${id.padEnd(32)} ${broken}\n`
  if (outcome.kind !== 'caught') return `${head}${INDENT}NOT CAUGHT: ${outcome.why}\n`
  const time = `${seconds.toFixed(1)} s`
  const why = seenBy === undefined ? '' : ` (${seenBy.because})`
  const caught = `caught by ${outcome.by.join(', ')} at ${outcome.at}${why}, ${time}`
  const story = outcome.story === undefined ? '' : `\n${outcome.story}\n`
  return `${head}${INDENT}${caught}: ${outcome.example}\n${story}`
}

/** What was broken of a rule, and where each was caught; empty where nothing was. */
function summaryOf(rule: Rule, rows: readonly Row[]): string {
  const own = rows.filter(({ mutation }) => mutation.rule === rule)
  if (own.length === 0) return ''
  const caught = own.map(({ mutation, outcome }) => {
    const where = outcome.kind === 'caught' ? outcome.where : 'NOT CAUGHT'
    return `${INDENT}${mutation.id.padEnd(32)} ${where}\n`
  })
  return `${rule.padEnd(RULE_WIDTH)}${RULES[rule]}\n${caught.join('')}`
}

const RULE_WIDTH = 14
const INDENT = ' '.repeat(RULE_WIDTH)

await asked(USAGE, main)
