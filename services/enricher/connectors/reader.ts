/** Values of connectors.yaml: what stands in the environment, templates and expressions, with places. */
import { CrosspointError, type ErrorCode } from '../../errors.ts'
import type { Path as YamlPath, Places } from '../../platform/yaml-text.ts'
import { type InputName, isInputName } from '../core/question.ts'
import { compilePath, type Path } from './mapping.ts'
import { parseTemplate, type Template } from './template.ts'

/** Shorter ones, as for settings, are parts of too many words. */
const SECRET_LENGTH_MIN = 4

/** A value in the shapes it may turn up in: as it is, in an address, and the password of an address. */
function secretsIn(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : ''
  const shapes = [value, encodeURIComponent(value), password, decoded(password)]
  return [...new Set(shapes)].filter((shape) => shape.length >= SECRET_LENGTH_MIN)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export type Reader = ReturnType<typeof createReader>

/** Reads values under one connector, and keeps every mistake instead of the first. */
export function createReader(
  base: YamlPath,
  places: Places,
  env: Readonly<Record<string, string | undefined>>,
) {
  const mistakes: CrosspointError[] = []
  const secrets: string[] = []
  const wrong = (code: ErrorCode, message: string, path: YamlPath): void => {
    mistakes.push(new CrosspointError(code, message, { place: places.value([...base, ...path]) }))
  }
  const expand = (text: string, path: YamlPath): string =>
    text.replace(/\$\{([^}]*)\}/g, (whole, inside: string) => {
      const matched = /^env:([A-Z][A-Z\d_]*)(?::-(.*))?$/.exec(inside)
      if (matched === null) {
        wrong('XP_CONNECTOR_ENV', `${whole} is not \${env:NAME}`, path)
        return ''
      }
      const [, name = '', fallback] = matched
      const given = env[name]
      if (given !== undefined && given !== '') {
        secrets.push(...secretsIn(given))
        return given
      }
      if (fallback === undefined) wrong('XP_CONNECTOR_ENV', `${name} is not set`, path)
      return fallback ?? ''
    })
  const input = (name: string, path: YamlPath): InputName | null => {
    if (isInputName(name)) return name
    wrong('XP_CONNECTOR_MAPPING', `'${name}' is nothing a call has`, path)
    return null
  }
  const template = (text: string, path: YamlPath): Template => {
    const parsed = parseTemplate(expand(text, path))
    if (parsed.ok) return parsed.template
    wrong('XP_CONNECTOR_MAPPING', `${parsed.unknown} is nothing a call has`, path)
    return { inputs: [], fill: () => '' }
  }
  const expression = (text: string, path: YamlPath): Path => {
    try {
      return compilePath(text)
    } catch (error) {
      const why = error instanceof Error ? error.message : 'not JMESPath'
      wrong('XP_CONNECTOR_MAPPING', `'${text}': ${why}`, path)
      return () => undefined
    }
  }
  return { mistakes, secrets, wrong, expand, input, template, expression }
}
