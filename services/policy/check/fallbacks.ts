/**
 * Totality by enumeration: every way a dependency can end has a fallback, and every fallback is used
 * for one. The space is small: outcome × cause × origin × stale × missing.
 */
import type { Cause } from '../../../schemas/records.ts'
import type { DependencyDocument } from '../document.ts'
import { compileChoice, needsFallback } from '../evaluate/fallback.ts'
import type { Ending } from '../evaluate/fallback.ts'
import { CAUSES, ORIGINS, OUTCOMES } from '../words.ts'
import type { Mistakes } from './mistakes.ts'

export function checkFallbacks(
  name: string,
  dependency: DependencyDocument,
  mistakes: Mistakes,
): void {
  const choose = compileChoice(dependency.fallbacks)
  const used = new Set<number>()
  const uncovered = new Map<string, { readonly example: string; count: number }>()
  for (const ending of endingsOf(dependency)) {
    if (!needsFallback(ending)) continue
    const index = choose(ending)
    used.add(index)
    if (index >= 0) continue
    const group = groupOf(ending)
    const known = uncovered.get(group)
    if (known === undefined) uncovered.set(group, { example: described(ending), count: 1 })
    else known.count++
  }
  for (const [group, { example, count }] of uncovered) {
    const more = count > 1 ? `, for example ${example} (${count} ways in all)` : `: ${example}`
    const message = `${name} has no fallback for ${group}${more}`
    const remedy = `Add a fallback with \`when: ${group}\`.`
    mistakes.atKey(['dependencies', name, 'fallbacks'], 'XP_POLICY_FALLBACK', message, remedy)
  }
  dependency.fallbacks.forEach(({ reason }, index) => {
    if (used.has(index)) return
    const path = ['dependencies', name, 'fallbacks', index]
    const message = `${reason} is never used: others answer all that it names, or nothing ends so`
    mistakes.at(path, 'XP_POLICY_FALLBACK', message)
  })
}

/** Every ending, plain ones first. Of facts only those matter that some fallback names, and any other. */
function* endingsOf(dependency: DependencyDocument): Generator<Ending> {
  const named = new Set(dependency.fallbacks.flatMap(({ when }) => namesIn(when.missing)))
  const other = Object.keys(dependency.facts).filter((fact) => !named.has(fact))
  const missingSets = [[], ...[...other.slice(0, 1), ...named].map((fact) => [fact])]
  const causes: readonly (Cause | null)[] = [null, ...CAUSES]
  for (const missing of missingSets) {
    for (const stale of [false, true]) {
      for (const origin of ORIGINS) {
        for (const outcome of OUTCOMES) {
          for (const cause of causes) yield { outcome, cause, origin, stale, missing }
        }
      }
    }
  }
}

function namesIn(missing: boolean | readonly string[] | undefined): readonly string[] {
  return typeof missing === 'object' ? missing : []
}

/** Uncovered endings are told once per outcome; those of FOUND by what made them fall short. */
function groupOf({ outcome, origin, stale, missing }: Ending): string {
  if (outcome !== 'FOUND') return `{ outcome: ${outcome} }`
  if (missing.length > 0) return '{ outcome: FOUND, missing: true }'
  return stale ? '{ outcome: FOUND, stale: true }' : `{ outcome: FOUND, origin: ${origin} }`
}

function described({ outcome, cause, origin, stale, missing }: Ending): string {
  const parts: string[] = [outcome]
  if (cause !== null) parts.push(`cause ${cause}`)
  if (outcome === 'FOUND') parts.push(`origin ${origin}`)
  if (stale) parts.push('stale')
  if (missing.length > 0) parts.push(`without ${missing.join(', ')}`)
  return parts.join(', ')
}
