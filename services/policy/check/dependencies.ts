/** Dependencies: time that leaves room, needs that can be met, fallbacks that say what is true. */
import type { Path } from '../../platform/yaml-text.ts'
import { ARRIVAL_PREFIX, splitReference } from '../catalog.ts'
import type { Catalog } from '../catalog.ts'
import type { DependencyDocument, FallbackDocument, PolicyDocument } from '../document.ts'
import { PLACEHOLDERS, unknownPlaceholders } from '../sentence.ts'
import { fits } from './facts.ts'
import { choices } from './mistakes.ts'
import type { Mistakes } from './mistakes.ts'

/** The order of design §3: timeout ≤ window − enricherMs, enricherMs ≥ publishMs ≥ backupMs. */
export function checkMargins(document: PolicyDocument, mistakes: Mistakes): void {
  const { windowMs, margins } = document
  const { enricherMs, publishMs, backupMs } = margins
  if (enricherMs < publishMs) {
    const message = `enricherMs ${enricherMs} is less than publishMs ${publishMs}: a timeout event would come after the decision`
    mistakes.at(['margins', 'enricherMs'], 'XP_POLICY_MARGIN', message)
  }
  if (publishMs < backupMs) {
    const message = `publishMs ${publishMs} is less than backupMs ${backupMs}: a backup would decide before the primary`
    mistakes.at(['margins', 'publishMs'], 'XP_POLICY_MARGIN', message)
  }
  const room = windowMs - enricherMs
  if (windowMs <= publishMs) {
    const message = `publishMs ${publishMs} leaves nothing of the window of ${windowMs} ms`
    mistakes.at(['windowMs'], 'XP_POLICY_MARGIN', message)
  }
  for (const [name, { timeoutMs }] of Object.entries(document.dependencies)) {
    if (timeoutMs <= room) continue
    const message = `timeoutMs ${timeoutMs} is more than windowMs − enricherMs = ${room}: ${name} would be cut off before`
    mistakes.at(['dependencies', name, 'timeoutMs'], 'XP_POLICY_MARGIN', message)
  }
}

export function checkDependency(
  name: string,
  dependency: DependencyDocument,
  catalog: Catalog,
  mistakes: Mistakes,
): void {
  const path = ['dependencies', name]
  if (name === ARRIVAL_PREFIX) {
    const message = `'${ARRIVAL_PREFIX}' names the arrival`
    mistakes.atKey(path, 'XP_POLICY_NAME', message, 'Give the dependency another name.')
  }
  if (dependency.needs !== null) checkNeeds(name, dependency.needs, catalog, mistakes)
  dependency.fallbacks.forEach((fallback, index) =>
    checkFallback(name, dependency, fallback, [...path, 'fallbacks', index], mistakes),
  )
}

function checkNeeds(name: string, needs: string, catalog: Catalog, mistakes: Mistakes): void {
  const path = ['dependencies', name, 'needs']
  const { dependency } = splitReference(needs)
  const needed = catalog.dependencies.find((each) => each.name === dependency)
  if (catalog.fact(needs) === null || needed === undefined) {
    const remedy = 'Name a fact that another dependency declares.'
    mistakes.at(path, 'XP_POLICY_NEEDS', `no dependency gives '${needs}'`, remedy)
  } else if (dependency === name) {
    mistakes.at(path, 'XP_POLICY_NEEDS', `${name} waits for itself`)
  } else if (needed.needs !== null) {
    const { dependency: further, fact } = needed.needs
    const message = `${dependency} itself needs ${further}.${fact}; one level is the most`
    mistakes.at(path, 'XP_POLICY_NEEDS', message)
  }
}

function checkFallback(
  name: string,
  dependency: DependencyDocument,
  fallback: FallbackDocument,
  path: Path,
  mistakes: Mistakes,
): void {
  const declared = Object.keys(dependency.facts)
  const { missing } = fallback.when
  if (Array.isArray(missing)) {
    missing.forEach((fact, index) => {
      if (declared.includes(fact)) return
      const at = [...path, 'when', 'missing', index]
      const message = `${name} declares no fact '${fact}'`
      mistakes.at(at, 'XP_POLICY_NAME', message, choices(`facts of ${name}`, declared))
    })
  }
  for (const [fact, value] of Object.entries(fallback.facts)) {
    const spec = Object.hasOwn(dependency.facts, fact) ? dependency.facts[fact] : undefined
    const at = [...path, 'facts', fact]
    if (spec === undefined) {
      const message = `${name} declares no fact '${fact}'`
      mistakes.atKey(at, 'XP_POLICY_NAME', message, choices(`facts of ${name}`, declared))
    } else if (!fits(spec.type, value)) {
      const message = `'${name}.${fact}' is of type ${spec.type}, not ${JSON.stringify(value)}`
      mistakes.at(at, 'XP_POLICY_TYPE', message)
    } else if (spec.audit !== 'keep') {
      const message = `'${name}.${fact}' has audit class ${spec.audit}; what stands in for it would be lost`
      const remedy = 'Stand in only for facts of audit class `keep`.'
      mistakes.atKey(at, 'XP_POLICY_AUDIT', message, remedy)
    }
  }
  if (fallback.sentence.trim() === '') {
    const message = `${fallback.reason} has no sentence: people would read nothing`
    const remedy = 'Say what happened and what was done about it.'
    mistakes.at([...path, 'sentence'], 'XP_POLICY_FALLBACK', message, remedy)
  }
  for (const placeholder of unknownPlaceholders(fallback.sentence)) {
    const remedy = `Use ${PLACEHOLDERS.map((known) => `{${known}}`).join(' ')}.`
    const message = `nothing fills {${placeholder}}`
    mistakes.at([...path, 'sentence'], 'XP_POLICY_NAME', message, remedy)
  }
}
