/** The one place where the process's environment is read. */
import { parseSettings, type SettingName, type Settings } from './settings.ts'

/** Typed settings of this process; `needs` names those without which the command can't run. */
export function settingsFromEnvironment(needs: readonly SettingName[] = []): Settings {
  return parseSettings(process.env, needs)
}

/** Wider than that, and what it does stands below the command. */
const EXAMPLE_COLUMNS = 95

/** An example for a command's help: `.addHelpText('after', example(line, what it does))`. */
export function example(...lines: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  const isWide = lines.some(([, does]) => width + does.length > EXAMPLE_COLUMNS)
  const rows = lines.map(([command, does]) =>
    isWide ? `  ${command}\n      ${does}` : `  ${command.padEnd(width)}   ${does}`,
  )
  return `\nExamples:\n${rows.join('\n')}\n`
}
