/**
 * `crosspoint <command>`. Each command lives in its own module, imported only when it is asked for, so
 * that help is instant and a broken area breaks nobody else's command.
 *
 * The convention for a command module (services/<area>/command.ts):
 *
 *   export function register(program: Command): void {
 *     program
 *       .command('topics')                      // the name that COMMANDS below gives
 *       .description('…')
 *       .addHelpText('after', example(['crosspoint topics diff', 'shows what differs']))
 *       .action(async (options) => { … })       // or subcommands with actions
 *   }
 *
 * An action reads `settingsFromEnvironment()` and `example` (platform/environment.ts), throws CrosspointError for what
 * people can mend, prints its result to stdout and sets `process.exitCode` when the answer is "no"
 * (a difference, a failed check: 1). Services call `openRuntime` (platform/runtime.ts) and return once
 * it has stopped. `--json` on any command gives its errors as JSON too. Exit code 2 is bad input, 3 what
 * could not be done.
 */
import { Command, CommanderError, Help } from 'commander'
import { CrosspointError } from './errors.ts'
import { describeError, exitCodeOf } from './platform/error-text.ts'
import { version } from './platform/version.ts'

interface CommandModule {
  register(program: Command): void
}

interface Entry {
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    summary: 'watch calls being routed on real Kafka while the systems asked fail',
    load: () => import('./demo/command.ts'),
  },
  chaos: {
    summary: 'kill and hurt parts of a deployment under load, and check every promise',
    load: () => import('./chaos/command.ts'),
  },
  router: { summary: 'run a router, with its auditor', load: () => import('./router/command.ts') },
  enricher: {
    summary: 'run the lookups of one dependency or several',
    load: () => import('./enricher/command.ts'),
  },
  call: { summary: 'place one call and see its decision', load: () => import('./call/command.ts') },
  topics: {
    summary: 'create topics and show how they differ',
    load: () => import('./platform/topics/command.ts'),
  },
  schemas: {
    summary: 'register schemas and check that old records stay readable',
    load: () => import('./platform/schemas/command.ts'),
  },
  policy: {
    summary: 'check, test and explain a routing policy before callers meet it',
    load: () => import('./policy/command.ts'),
  },
  audit: {
    summary: 'read why calls went where they went',
    load: () => import('./audit/command.ts'),
  },
  'what-if': {
    summary: 'decide recorded calls again, with another policy, window, timeout or failure',
    load: () => import('./what-if/command.ts'),
  },
  advise: {
    summary: 'tell how long to wait for each dependency, from what arrived late',
    load: () => import('./advise/command.ts'),
  },
  override: {
    summary: "set facts by hand in a dependency's stead, list and clear them",
    load: () => import('./override/command.ts'),
  },
  dlt: {
    summary: 'look at what nobody could read, and put it back',
    load: () => import('./dlt/command.ts'),
  },
}

/** What a run writes to; the process's own in `main`, buffers in tests. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
}

/** Runs one command line (without node and script). Gives the exit code; 0 leaves process.exitCode be. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const asJson = args.includes('--json')
  const program = createProgram(terminal)
  try {
    const name = args.find((arg) => !arg.startsWith('-'))
    const wanted = name === 'help' ? args[args.indexOf('help') + 1] : name
    for (const [command, entry] of Object.entries(COMMANDS)) {
      if (command === wanted) (await entry.load()).register(program)
      else program.command(command).description(entry.summary)
    }
    await program.parseAsync([...jsonBehind(program, args)], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version come this way as well.
      if (error.exitCode === 0) return 0
      if (error.code === 'commander.help') return 2
      const usage = new CrosspointError('XP_USAGE', error.message.replace(/^error: /u, ''), {
        remedy: `Read \`${commandLineOf(program, args)} --help\`.`,
      })
      terminal.err(describeError(usage, { json: asJson }))
      return 2
    }
    terminal.err(describeError(error, { json: asJson }))
    return exitCodeOf(error)
  }
}

/** The command that a line names, as far as there is one: `crosspoint audit tail`. */
function commandLineOf(program: Command, args: readonly string[]): string {
  let command = program
  const names = [program.name()]
  for (const arg of args) {
    const named = command.commands.find((one) => one.name() === arg)
    if (named === undefined) continue
    command = named
    names.push(arg)
  }
  return names.join(' ')
}

/**
 * A line whose `--json` stands before the command, or before its subcommand, with the option behind both:
 * it is each command's own, and people put it in front as they do with other tools. What follows the
 * names, and a line without a command, stays as it is.
 */
function jsonBehind(program: Command, args: readonly string[]): readonly string[] {
  let command = program
  let at = 0
  const names: string[] = []
  for (; at < args.length; at += 1) {
    const arg = args[at]
    if (arg === '--json') continue
    const named = command.commands.find((one) => one.name() === arg)
    if (named === undefined) break
    command = named
    names.push(named.name())
  }
  const moved = names.length > 0 && at > names.length
  return moved ? [...names, '--json', ...args.slice(at)] : args
}

/** Fills lines to the terminal's width wherever the source broke them; empty lines part paragraphs. */
function flowing(this: Help, text: string, columns: number): string {
  const joined = text.replaceAll(/(?<!\n)\n(?!\n)/gu, ' ')
  return Help.prototype.boxWrap.call(this, joined, columns)
}

const COLUMNS = 80

/** Fills the paragraphs of a help; indented lines are lists and examples, and stay as they are. */
function filled(text: string): string {
  const help = new Help()
  return text.replaceAll(
    /^\S.*\n(?:\S.*\n)+|^\S.{80,}\n/gmu,
    (paragraph) => `${flowing.call(help, paragraph.trimEnd(), COLUMNS)}\n`,
  )
}

function createProgram(terminal: Terminal): Command {
  return (
    new Command('crosspoint')
      .description('Decides where calls go, on time, and proves afterwards why.')
      .version(version(), '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this, or the help of a command')
      .helpCommand('help [command]', 'print the help of a command')
      .showSuggestionAfterError(true)
      .configureHelp({ boxWrap: flowing })
      // `--version` behind a command is that command's own.
      .enablePositionalOptions()
      .exitOverride()
      .configureOutput({
        writeOut: (text) => terminal.out(filled(text)),
        writeErr: (text) => terminal.err(filled(text)),
        // Mistakes are told once, with their code, by `run`.
        outputError: () => undefined,
      })
      .addHelpText(
        'after',
        '\nBegin with:\n' +
          '  crosspoint demo                   see it work: starts its own Kafka\n' +
          '  crosspoint policy check           find what is wrong with a policy\n' +
          '  crosspoint audit show CALL        the story of one call\n' +
          '\nExit codes: 0 yes or done, 1 the answer is no, 2 mend what you gave, 3 not done.\n\n' +
          'Programs: `--json`, before or behind a command, where its help names it.\n' +
          'Settings come from the environment: docs/configuration.md. Errors: docs/errors.md.\n',
      )
  )
}

if (import.meta.main) {
  // A reader that has seen enough (`| head`) closes the pipe: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  const code = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  })
  if (code !== 0) process.exitCode = code
}
