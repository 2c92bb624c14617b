/** `crosspoint dlt list|show|redrive`: records that nobody could read, and their way back. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { sentenceColumns } from '../audit/wrap.ts'
import { CrosspointError } from '../errors.ts'
import { example } from '../platform/environment.ts'
import { firstHeader } from '../platform/headers.ts'
import { createScrubber } from '../platform/log.ts'
import { withTool } from '../platform/tool.ts'
import type { TopicName } from '../topology.ts'
import { LETTERED, type Letter } from './letter.ts'
import { letterLines } from './list-lines.ts'
import { nameText, previewLines } from './preview.ts'
import { judge, type Judged, letterNamed, putBack, readLetters } from './redrive.ts'

interface Selection {
  readonly topic?: string
  readonly code?: string
  readonly json?: true
}

export function register(program: Command): void {
  const dlt = program
    .command('dlt')
    .description('Look at records that nobody could read, and put them back once that is mended.')
  dlt
    .command('list')
    .description('List dead letters, the newest last.')
    .option('--topic <name>', `only of one topic: ${LETTERED.join(', ')}`)
    .option('--code <code>', 'only with this error code')
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      example(
        ['crosspoint dlt list', 'what was set aside, and why'],
        ['crosspoint dlt list --code XP_SCHEMA_UNKNOWN', 'what a schema was missing for'],
      ),
    )
    .action(runList)
  dlt
    .command('show')
    .argument('<letter>', 'its name, from `dlt list`')
    .description('Show one dead letter: why, its headers, its bytes. Numbers are masked.')
    .option('--json', 'print it as JSON')
    .addHelpText('after', example(['crosspoint dlt show call.lookup.dlt/3/17', 'that one']))
    .action(runShow)
  dlt
    .command('redrive')
    .argument('[letters...]', 'their names, from `dlt list`')
    .description(
      'Put dead letters back: the original bytes, key and headers, into the original partition. ' +
        'An arrival that was decided is refused once it would be decided a second time (60 s), a ' +
        'decision once it is void (30 s). The dead letter itself stays where it is.',
    )
    .option('--topic <name>', 'all of one topic')
    .option('--code <code>', 'all with this error code')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was done as JSON; needs --yes')
    .addHelpText(
      'after',
      example(
        ['crosspoint dlt redrive call.lookup.dlt/3/17', 'that one, after asking'],
        ['crosspoint dlt redrive --code XP_SCHEMA_UNKNOWN --yes', 'all that lacked a schema'],
      ),
    )
    .action(runRedrive)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const LISTED_MAX = 1000
const SHOWN_BYTES_MAX = 4096

async function runList(selection: Selection): Promise<void> {
  const wanted = wantedBy(selection)
  const letters: Omit<Letter, 'value' | 'headers'>[] = []
  let count = 0
  await withTool('dlt', (source) =>
    readLetters(source, wanted.topics, (letter) => {
      if (!wanted.takes(letter)) return
      const { value: _bytes, headers: _headers, ...rest } = letter
      count += 1
      letters.push(rest)
      if (letters.length > 2 * LISTED_MAX) keepNewest(letters)
    }),
  )
  keepNewest(letters)
  if (selection.json) return print(JSON.stringify(letters.map(jsonOf)))
  if (count === 0) return print(noneOf(selection))
  const columns = sentenceColumns(process.stdout)
  for (const letter of letters) {
    const told = { ...letter, message: messageText(letter) }
    for (const line of letterLines(told, columns)) print(line)
  }
  if (count > letters.length) print(`… the newest ${letters.length} of ${count}`)
}

/** What was asked for may be misspelt: that there are none is said of it alone. */
function noneOf({ topic, code }: Selection): string {
  const which = [topic && ` of ${topic}`, code && ` with the code ${code}`].filter(Boolean)
  return `There are no dead letters${which.join('')}.`
}

function keepNewest(letters: { readonly storedAt: number }[]): void {
  letters.sort((a, b) => a.storedAt - b.storedAt)
  letters.splice(0, Math.max(0, letters.length - LISTED_MAX))
}

function jsonOf({ key, ...letter }: Omit<Letter, 'value' | 'headers'>) {
  return { ...letter, message: messageText(letter), key: keyText(key) }
}

const scrub = createScrubber([])

const messageText = ({ message }: { readonly message: string }): string =>
  scrub.text(nameText(Buffer.from(message)))

const keyText = (key: Uint8Array | null): string | null => (key === null ? null : nameText(key))

async function runShow(name: string, { json }: { readonly json?: true }): Promise<void> {
  const letter = await withTool('dlt', (source) => letterNamed(source, name))
  if (letter === null) throw new CrosspointError('XP_DLT_UNKNOWN', `there is no ${name}`)
  const { value, headers, ...rest } = letter
  const told = Object.keys(headers).map((header) => {
    const first = firstHeader(headers, header) ?? new Uint8Array()
    return [header, scrub.text(nameText(first))] as const
  })
  const bytes = value ?? new Uint8Array()
  const preview = previewLines(bytes, SHOWN_BYTES_MAX)
  if (json) {
    const more = { headers: Object.fromEntries(told), bytes: value?.length ?? null, preview }
    return print(JSON.stringify({ ...jsonOf(rest), ...more }))
  }
  print(`${letter.name}  ${letter.code}: ${messageText(letter)}`)
  const when = new Date(letter.storedAt).toISOString()
  print(`  from     ${letter.topic}/${letter.partition}/${letter.offset}, stored ${when}`)
  print(`  set aside by ${letter.service}`)
  print(`  key      ${keyText(letter.key) ?? '(none)'}`)
  for (const [header, text] of told) print(`  header   ${header}: ${text}`)
  print(`  value    ${value === null ? '(none)' : `${bytes.length} bytes`}`)
  for (const line of preview) print(`  ${line}`)
}

interface RedriveOptions extends Selection {
  readonly yes?: true
}

async function runRedrive(names: readonly string[], options: RedriveOptions): Promise<void> {
  checkRedrive(names, options)
  const results = await withTool('dlt', async (source) => {
    const letters = await lettersWanted(source, names, options)
    const judged = await judge(source, letters, () => Date.now())
    const going = judged.filter(({ refused }) => refused === null)
    if (!options.json) for (const one of judged) print(judgedLine(one))
    if (going.length === 0 || !(options.yes || (await agreed(going.length)))) {
      return judged.map((one) => ({ ...one, putBackAt: null }))
    }
    const producer = await source.client.producer('dlt')
    try {
      // The answer may have taken its time: what was young enough then may be too old now.
      const again = await judge(source, letters, () => Date.now())
      return await Promise.all(
        again.map(async (one) => {
          const putBackAt = one.refused === null ? await putBack(producer, one.letter) : null
          return { ...one, putBackAt }
        }),
      )
    } finally {
      await producer.close(5000)
    }
  })
  const done = results.filter(({ putBackAt }) => putBackAt !== null)
  if (options.json) {
    print(JSON.stringify(results.map(resultJson)))
  } else {
    print(`${done.length} of ${results.length} put back.`)
  }
  const refused = results.find((one) => one.refused !== null)
  if (refused !== undefined) {
    const what = `${refused.letter.name} was not put back: ${refused.refused}`
    throw new CrosspointError('XP_DLT_REFUSED', what)
  }
}

function checkRedrive(names: readonly string[], options: RedriveOptions): void {
  const bySelection = options.topic !== undefined || options.code !== undefined
  if (names.length === 0 && !bySelection) {
    throw new CrosspointError('XP_USAGE', 'name the letters, or give --topic or --code')
  }
  if (names.length > 0 && bySelection) {
    throw new CrosspointError('XP_USAGE', 'name the letters, or give --topic and --code, not both')
  }
  if (!options.yes && (options.json || !process.stdin.isTTY)) {
    throw new CrosspointError('XP_USAGE', 'there is nobody to ask: give --yes')
  }
}

async function lettersWanted(
  source: Parameters<typeof letterNamed>[0],
  names: readonly string[],
  selection: Selection,
): Promise<readonly Letter[]> {
  if (names.length > 0) {
    const found = names.map(async (name) => {
      const letter = await letterNamed(source, name)
      if (letter === null) throw new CrosspointError('XP_DLT_UNKNOWN', `there is no ${name}`)
      return letter
    })
    return Promise.all(found)
  }
  const wanted = wantedBy(selection)
  const letters: Letter[] = []
  await readLetters(source, wanted.topics, (letter) => {
    if (wanted.takes(letter)) letters.push(letter)
  })
  return letters
}

function wantedBy({ topic, code }: Selection) {
  const topics: readonly TopicName[] = LETTERED.filter(
    (name) => topic === undefined || name === topic || `${name}.dlt` === topic,
  )
  if (topics.length === 0) {
    throw new CrosspointError('XP_USAGE', `--topic is ${topic}; allowed: ${LETTERED.join(', ')}`)
  }
  return { topics, takes: (letter: Letter) => code === undefined || letter.code === code }
}

function judgedLine({ letter, refused, readable }: Judged): string {
  const to = `${letter.name} → ${letter.topic}/${letter.partition}`
  if (refused !== null) return `no   ${to}: ${refused}`
  return readable ? `yes  ${to}` : `yes  ${to}: still unreadable, it will be set aside again`
}

async function agreed(count: number): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(`Put back ${count}? [y/N] `)
    return /^y(?:es)?$/iu.test(answer.trim())
  } finally {
    terminal.close()
  }
}

function resultJson({
  letter,
  refused,
  readable,
  putBackAt,
}: Judged & { putBackAt: number | null }) {
  const { name, topic, partition } = letter
  return { name, topic, partition, readable, refused, offset: putBackAt }
}
