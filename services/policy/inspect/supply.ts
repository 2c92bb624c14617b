/** Facts that a policy uses, held against what the connectors ask for. */
import { readFileSync } from 'node:fs'
import { connectorsDocument } from '../../enricher/connectors/document.ts'
import { CrosspointError } from '../../errors.ts'
import { readYaml } from '../../platform/yaml-text.ts'
import type { OpenedPolicy } from '../load.ts'
import { spaceOf } from '../space/space.ts'

const CONNECTORS_YAML = {
  syntax: 'XP_CONNECTOR_SHAPE',
  shape: 'XP_CONNECTOR_SHAPE',
  limit: 'XP_CONNECTOR_SHAPE',
  bytesMax: 256 * 1024,
} as const

/**
 * Facts that rules, routes or needs read and that no connector supplies; each at its declaration in the
 * policy. Throws the connectors file's own mistakes.
 */
export function unsupplied(opened: OpenedPolicy, connectorsFile: string): CrosspointError[] {
  let text: string
  try {
    text = readFileSync(connectorsFile, 'utf8')
  } catch (cause) {
    const place = { file: connectorsFile }
    throw new CrosspointError('XP_CONNECTOR_FILE', 'can not be read', { place, cause })
  }
  const read = readYaml(text, connectorsFile, connectorsDocument, CONNECTORS_YAML)
  if (!read.ok) throw read.errors[0] ?? new Error('no mistake to tell')
  const { connectors } = read.value
  return spaceOf([opened]).dependencies.flatMap(({ name, facts }) =>
    [...facts.keys()].flatMap((fact) => {
      const supplied = Object.hasOwn(connectors, name) ? connectors[name]?.facts : undefined
      if (supplied !== undefined && Object.hasOwn(supplied, fact)) return []
      const place = opened.places.key(['dependencies', name, 'facts', fact])
      const message = `'${name}.${fact}' is used, and ${connectorsFile} never supplies it`
      const remedy = 'Map it in the connector, or do without it in rules and routes.'
      return [new CrosspointError('XP_POLICY_NAME', message, { place, remedy })]
    }),
  )
}
