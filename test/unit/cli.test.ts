import { Command } from 'commander'
import { afterEach, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../services/cli.ts'

async function crosspoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  return { code: await run(args, terminal), out, err }
}

afterEach(() => {
  process.exitCode = undefined
})

describe('crosspoint', () => {
  test('--help lists every command and where to begin, and exits with 0', async () => {
    const { code, out } = await crosspoint('--help')
    expect(code).toBe(0)
    for (const name of Object.keys(COMMANDS)) expect(out).toMatch(new RegExp(`^  ${name} `, 'mu'))
    expect(out).toContain('Begin with:')
  })

  test('without a command it prints the help and exits with 2', async () => {
    const { code, err } = await crosspoint()
    expect(code).toBe(2)
    expect(err).toContain('Usage: crosspoint')
  })

  test('an unknown command suggests the one that was meant', async () => {
    const { code, err } = await crosspoint('topcs')
    expect(code).toBe(2)
    expect(err).toMatch(/^error XP_USAGE {2}unknown command 'topcs'/u)
    expect(err).toContain('topics')
  })

  test('an unknown flag is bad input; with --json it is told as JSON', async () => {
    expect((await crosspoint('topics', 'diff', '--nope')).code).toBe(2)
    const { code, err } = await crosspoint('topics', 'diff', '--json', '--nope')
    expect(code).toBe(2)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'XP_USAGE' } })
  })

  test.each([[['--json', 'topics', 'diff', '--nope']], [['topics', '--json', 'diff', '--nope']]])(
    "--json before the command is the command's: %j",
    async (args) => {
      const { code, err } = await crosspoint(...args)
      expect(code).toBe(2)
      expect(JSON.parse(err)).toMatchObject({
        error: { code: 'XP_USAGE', message: expect.stringContaining("'--nope'") as string },
      })
    },
  )

  test('--json before a command that has none, or before none, is told', async () => {
    for (const args of [['--json'], ['--json', 'demo']]) {
      const { code, err } = await crosspoint(...args)
      expect(code).toBe(2)
      expect(err).toContain("unknown option '--json'")
    }
  })

  test('help of a subcommand shows examples', async () => {
    expect((await crosspoint('topics', 'diff', '--help')).out).toContain('Examples:')
    expect((await crosspoint('schemas', 'check', '--help')).out).toContain('--offline')
  })

  test('a wrong setting is one error and exit code 2, before anything is connected', async () => {
    const before = process.env['CALL_PARTITIONS']
    process.env['CALL_PARTITIONS'] = 'many'
    try {
      const { code, err } = await crosspoint('topics', 'diff')
      expect(code).toBe(2)
      expect(err).toContain('CALL_PARTITIONS is "many"; allowed: 1 to 1000')
    } finally {
      if (before === undefined) delete process.env['CALL_PARTITIONS']
      else process.env['CALL_PARTITIONS'] = before
    }
  })
})

const pathsOf = (command: Command, before: readonly string[] = []): readonly string[][] => {
  const path = [...before, command.name()]
  return [path, ...command.commands.flatMap((one) => pathsOf(one, path))]
}

describe('the convention for command modules', () => {
  test.each(Object.entries(COMMANDS))(
    '%s: its module registers a command of that name, no help is wider than 80 columns',
    async (name, { load }) => {
      const program = new Command()
      ;(await load()).register(program)
      const { commands } = program
      const command = commands.find((one) => one.name() === name)
      expect(command?.description()).toBeTruthy()
      for (const path of commands.flatMap((one) => pathsOf(one))) {
        const { out } = await crosspoint(...path, '--help')
        expect(out).toContain('Usage:')
        expect(out.split('\n').filter(({ length }) => length > 80)).toEqual([])
      }
    },
  )
})
