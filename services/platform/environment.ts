/** The one place where the process's environment is read. */
import { parseSettings, type SettingName, type Settings } from './settings.ts'

/** Typed settings of this process; `needs` names those without which the command can't run. */
export function settingsFromEnvironment(needs: readonly SettingName[] = []): Settings {
  return parseSettings(process.env, needs)
}

/** Of a terminal as it opens. Where a line would be wider, what it does stands below the command. */
const COLUMNS = 80
const BESIDE_COLUMNS = '  '.length + '   '.length

/** An example for a command's help: `.addHelpText('after', example(line, what it does))`. */
export function example(...lines: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  const isWide = lines.some(([, does]) => width + does.length + BESIDE_COLUMNS > COLUMNS)
  const rows = lines.map(([command, does]) =>
    isWide ? `  ${command}\n      ${does}` : `  ${command.padEnd(width)}   ${does}`,
  )
  return `\nExamples:\n${rows.join('\n')}\n`
}
