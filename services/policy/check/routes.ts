/** Routes: targets that exist, facts that can be said. */
import type { Path } from '../../platform/yaml-text.ts'
import type { Catalog } from '../catalog.ts'
import type { RouteDocument } from '../document.ts'
import { checkReference } from './facts.ts'
import { choices } from './mistakes.ts'
import type { Mistakes } from './mistakes.ts'

export function checkRoute(
  route: RouteDocument,
  path: Path,
  catalog: Catalog,
  mistakes: Mistakes,
): void {
  for (const key of ['target', 'overflowTarget'] as const) {
    const target = route[key]
    if (target === undefined || catalog.targets.has(target)) continue
    const remedy = choices('targets', catalog.targets.keys())
    mistakes.at([...path, key], 'XP_POLICY_NAME', `no target '${target}' is declared`, remedy)
  }
  const readText = (reference: string, at: Path): void => {
    const fact = checkReference(reference, 'value', at, catalog, mistakes)
    if (fact === null || fact.type === 'string') return
    const message = `'${reference}' is of type ${fact.type}; a route can say only a string`
    mistakes.at(at, 'XP_POLICY_TYPE', message)
  }
  route.skills.forEach((skill, index) => {
    const at = [...path, 'skills', index]
    if ((skill.name === undefined) === (skill.fact === undefined)) {
      const remedy = 'Give `name` for a constant, or `fact` for a fact that names the skill.'
      mistakes.at(at, 'XP_POLICY_SHAPE', 'a skill has either a name or a fact', remedy)
    } else if (skill.prefix !== undefined && skill.fact === undefined) {
      mistakes.atKey([...at, 'prefix'], 'XP_POLICY_SHAPE', "'prefix' goes with 'fact' only")
    }
    if (skill.fact !== undefined) readText(skill.fact, [...at, 'fact'])
  })
  if (typeof route.language === 'object') {
    readText(route.language.fact, [...path, 'language', 'fact'])
  }
  if (route.preferredAgent !== undefined) {
    readText(route.preferredAgent.fact, [...path, 'preferredAgent', 'fact'])
  }
}
