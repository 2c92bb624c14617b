/** One connector of a text. */
import {
  type ConnectorsQuestion,
  type LoadedConnector,
  loadConnectors,
} from '../../../services/enricher/connectors/config.ts'
import type { DependencyPolicy } from '../../../services/policy/policy.ts'

interface Question extends Omit<ConnectorsQuestion, 'dependencies'> {
  readonly dependency: DependencyPolicy
}

export function loadConnector(text: string, { dependency, ...where }: Question): LoadedConnector {
  const [loaded] = loadConnectors(text, { ...where, dependencies: [dependency] })
  if (loaded === undefined) throw new Error('a connector was asked for')
  return loaded
}
