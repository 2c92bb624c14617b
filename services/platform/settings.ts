/**
 * Settings: the environment is parsed once at start by the table beside this file; what comes out is
 * passed on as values. docs/configuration.md is made from the same table.
 */
import { CrosspointError } from '../errors.ts'
import { SETTINGS, type Setting } from './settings-table.ts'

export type SettingName = keyof typeof SETTINGS
type ValueOf<S> = S extends Setting<infer T> ? T : never
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> }

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]
const REDACTED = '(secret)'

const entryOf = (name: SettingName): Setting<unknown> => SETTINGS[name]

/**
 * Typed settings out of an environment; an empty variable counts as not set. `needs` names settings
 * that must be there although they have no default. Throws one XP_SETTING_INVALID that names every
 * wrong variable, its value (never a secret's) and what is allowed.
 */
export function parseSettings(
  env: Readonly<Record<string, string | undefined>>,
  needs: readonly SettingName[] = [],
): Settings {
  const wrong: string[] = []
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of SETTING_NAMES) {
    const entry = entryOf(name)
    const given = env[name] === '' ? undefined : env[name]
    const result = entry.parse.safeParse(given ?? entry.fallback)
    if (!result.success) {
      const shown = entry.secret === true ? REDACTED : JSON.stringify(given)
      wrong.push(`${name} is ${shown}; allowed: ${entry.allowed}`)
    } else if (needs.includes(name) && result.data === null) {
      wrong.push(`${name} is not set; allowed: ${entry.allowed}`)
    }
    values[name] = result.data
  }
  const settings = values as Settings
  if (wrong.length === 0) wrong.push(...contradictions(settings))
  if (wrong.length > 0) throw new CrosspointError('XP_SETTING_INVALID', wrong.join('\n  '))
  return settings
}

function contradictions(settings: Settings): string[] {
  const wrong: string[] = []
  const login = settings.KAFKA_SASL_USERNAME !== null && settings.KAFKA_SASL_PASSWORD !== null
  if (settings.KAFKA_SASL_MECHANISM !== 'none' && !login) {
    wrong.push(
      'KAFKA_SASL_MECHANISM is set, so KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be',
    )
  }
  if ((settings.KAFKA_SSL_CERT_FILE === null) !== (settings.KAFKA_SSL_KEY_FILE === null)) {
    wrong.push('KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE go together')
  }
  if (!settings.KAFKA_SSL && settings.KAFKA_SSL_CA_FILE !== null) {
    wrong.push('KAFKA_SSL_CA_FILE is set but KAFKA_SSL is false')
  }
  const ids = [settings.TOKEN_KEY_ID, ...settings.TOKEN_KEYS_OTHER.map(({ id }) => id)]
  if (new Set(ids).size < ids.length) {
    wrong.push('TOKEN_KEYS_OTHER and TOKEN_KEY_ID name one key twice; each has an id of its own')
  }
  return wrong
}

/** All settings as they are in force, for the log at start; secrets hidden. */
export function printable(settings: Settings): Record<string, unknown> {
  return Object.fromEntries(
    SETTING_NAMES.map((name) => [
      name,
      entryOf(name).secret === true && isSet(settings[name]) ? REDACTED : settings[name],
    ]),
  )
}

/** Secret values in force, so that a log can black them out wherever they turn up. */
export function secretsOf(settings: Settings): string[] {
  return SETTING_NAMES.filter((name) => entryOf(name).secret === true)
    .flatMap((name) => secretsIn(settings[name]))
    .filter((value) => value.length >= 4)
}

const isSet = (value: Settings[SettingName]): boolean =>
  value !== null && !(Array.isArray(value) && value.length === 0)

function secretsIn(value: Settings[SettingName]): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return []
  const items: readonly (string | { readonly secret: string })[] = value
  return items.map((one) => (typeof one === 'string' ? one : one.secret))
}

/** docs/configuration.md. */
export function settingsPage(): string {
  const groups = [...new Set(SETTING_NAMES.map((name) => entryOf(name).group))]
  const rows = (group: string): string =>
    SETTING_NAMES.filter((name) => entryOf(name).group === group)
      .map((name) => {
        const { about, allowed, fallback } = entryOf(name)
        return `| \`${name}\` | ${about} | ${allowed} | ${fallback ? `\`${fallback}\`` : '–'} |`
      })
      .join('\n')
  const tables = groups.map(
    (group) =>
      `## ${group}\n\n| variable | meaning | allowed | default |\n|---|---|---|---|\n${rows(group)}\n`,
  )
  return (
    '<!-- Generated from services/platform/settings.ts by `npm run generate`. -->\n# Configuration\n\n' +
    'Every service reads these variables once, at start. An empty variable counts as not set. A wrong ' +
    'value stops the start with `XP_SETTING_INVALID`, which names all that are wrong.\n\n' +
    tables.join('\n') +
    START_SCRIPT
  )
}

/** What `bin/crosspoint` gives a process before any of this is read. */
const START_SCRIPT = `
## What the start script sets

\`bin/crosspoint\` sets these for what it starts, where they are not set. Node and glibc read them, crosspoint checks
none. There is no need to change them; the reasons are in [DESIGN.md](../DESIGN.md), "Memory and start".

| variable | meaning | default |
|---|---|---|
| \`NODE_COMPILE_CACHE\` | Folder of what the engine compiled at earlier starts. | \`.crosspoint/compile-cache\` of the checkout |
| \`MALLOC_ARENA_MAX\` | Router and enrichers: arenas of glibc's malloc; with one, each thread may use what another has freed. | \`1\` |
| \`MALLOC_MMAP_THRESHOLD_\` | Router and enrichers: from this size on, bytes, glibc maps a piece by itself and gives it back when it is freed. | \`32768\` |
`
