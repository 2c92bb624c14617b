/** Reading a policy: text in, a checked and compiled policy out, or every mistake with its place. */
import { readFileSync, statSync } from 'node:fs'
import { CrosspointError, CrosspointErrors } from '../errors.ts'
import { hash } from '../platform/hash.ts'
import { readYaml } from '../platform/yaml-text.ts'
import type { Places, YamlKind } from '../platform/yaml-text.ts'
import { catalogOf } from './catalog.ts'
import type { Catalog } from './catalog.ts'
import { checkDocument } from './check.ts'
import { classifyArrival, redactFacts, screenFacts, screenNames } from './classify.ts'
import { compileModel } from './compile.ts'
import { policyDocument } from './document.ts'
import type { PolicyDocument } from './document.ts'
import { decide, unreadable } from './evaluate/decide.ts'
import type { Model } from './evaluate/decide.ts'
import type { Policy } from './policy.ts'

const POLICY_YAML: YamlKind = {
  syntax: 'XP_POLICY_SYNTAX',
  shape: 'XP_POLICY_SHAPE',
  limit: 'XP_POLICY_LIMIT',
  bytesMax: 256 * 1024,
}

/**
 * Loads a policy from its text; `file` names it in places. Throws CrosspointErrors with every mistake
 * found (codes XP_POLICY_*), each with file, line and column.
 */
export function loadPolicy(text: string, { file }: { readonly file: string }): Policy {
  return openPolicy(text, { file }).policy
}

/** A policy with what it was made of, for tools that look inside. */
export interface OpenedPolicy {
  readonly policy: Policy
  readonly document: PolicyDocument
  readonly catalog: Catalog
  readonly model: Model
  readonly places: Places
}

/** Loads a policy as `loadPolicy` does, and keeps its parts. */
export function openPolicy(text: string, { file }: { readonly file: string }): OpenedPolicy {
  const read = readYaml(text, file, policyDocument, POLICY_YAML)
  if (!read.ok) throw several(read.errors)
  const document = read.value
  const catalog = catalogOf(document)
  const mistakes = checkDocument(document, catalog, read.places)
  if (mistakes.length > 0) throw several(mistakes)

  const model = compileModel(document, catalog)
  const byName = new Map(catalog.dependencies.map((dependency) => [dependency.name, dependency]))
  const shown = screenNames(catalog.dependencies)
  const policy: Policy = {
    name: document.policy,
    version: hash(text),
    text,
    windowMs: document.windowMs,
    margins: document.margins,
    staleCallMs: document.staleCallMs,
    dependencies: catalog.dependencies,
    decide: (question) => decide(model, question),
    classify: (arrival, privacy) => classifyArrival(catalog.inputs, arrival, privacy),
    redact: (dependency, facts, privacy) => redactFacts(byName.get(dependency), facts, privacy),
    screen: (lookups) => screenFacts(shown, lookups),
    unreadable: (why) => unreadable(model, why),
  }
  return { policy, document, catalog, model, places: read.places }
}

/** Loads a policy from a file. Throws as `loadPolicy`, and XP_POLICY_FILE when it can't be read. */
export function loadPolicyFile(path: string): Policy {
  return openPolicyFile(path).policy
}

/** Opens a policy from a file. Throws as `loadPolicyFile`. */
export function openPolicyFile(path: string): OpenedPolicy {
  return openPolicy(readText(path), { file: path })
}

function readText(path: string): string {
  try {
    const { size } = statSync(path)
    if (size <= POLICY_YAML.bytesMax) return readFileSync(path, 'utf8')
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new CrosspointError('XP_POLICY_FILE', `can not be read: ${why}`, {
      place: { file: path },
      cause,
    })
  }
  throw new CrosspointError('XP_POLICY_LIMIT', `is larger than ${POLICY_YAML.bytesMax} bytes`, {
    place: { file: path },
  })
}

function several(errors: readonly CrosspointError[]): CrosspointError {
  const [first, ...rest] = errors
  if (first === undefined) throw new Error('no mistake to tell')
  return new CrosspointErrors([first, ...rest])
}
