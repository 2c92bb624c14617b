/** Registers schemas and asks the registry whether they fit; see `command.ts` for people's side. */
import { TOPIC_NAMES, type TopicName } from '../../topology.ts'
import { loadSchemas } from '../avro.ts'
import { subjectOf } from '../open-codec.ts'
import type { Registry } from '../registry.ts'

/** Old readers read new records and new readers old ones, whatever the age of either (design §2). */
const COMPATIBILITY = 'FULL_TRANSITIVE'

export interface SubjectReport {
  readonly subject: string
  readonly topic: TopicName
  /** `registered`: new or a new version; `unchanged`: it was there; `missing`, `differs`: on check. */
  readonly state: 'registered' | 'unchanged' | 'missing' | 'differs'
  readonly id: number | null
  readonly compatibility: string | null
  /** What is wrong, for people. */
  readonly problems: readonly string[]
}

/** Registers what is missing and sets the compatibility of every subject. Throws XP_REGISTRY_…. */
export async function applySchemas(
  registry: Registry,
  topicPrefix: string,
): Promise<readonly SubjectReport[]> {
  const reports: SubjectReport[] = []
  for (const [topic, schema] of loadSchemas()) {
    const subject = subjectOf(topicPrefix, topic)
    const before = await registry.versions(subject)
    // An existing subject is put under the rule before it takes the new version, not after.
    const had = before.length > 0
    if (had) await ensureCompatibility(registry, subject)
    const id = await registry.register(subject, schema)
    if (!had) await ensureCompatibility(registry, subject)
    const state = before.some((version) => version.id === id) ? 'unchanged' : 'registered'
    reports.push({ subject, topic, state, id, compatibility: COMPATIBILITY, problems: [] })
  }
  return reports
}

async function ensureCompatibility(registry: Registry, subject: string): Promise<void> {
  if ((await registry.compatibility(subject)) === COMPATIBILITY) return
  await registry.setCompatibility(subject, COMPATIBILITY)
}

/** Compares the registry with the schemas at hand and changes nothing. Throws XP_REGISTRY_…. */
export async function checkSchemas(
  registry: Registry,
  topicPrefix: string,
): Promise<readonly SubjectReport[]> {
  const schemas = loadSchemas()
  const reports: SubjectReport[] = []
  for (const topic of TOPIC_NAMES) {
    const schema = schemas.get(topic)
    if (schema === undefined) continue
    const subject = subjectOf(topicPrefix, topic)
    const versions = await registry.versions(subject)
    const text = JSON.stringify(schema)
    const same = versions.find((version) => JSON.stringify(version.schema) === text)
    const report = { subject, topic, id: same?.id ?? null }
    if (versions.length === 0) {
      reports.push({ ...report, state: 'missing', compatibility: null, problems: [] })
      continue
    }
    const compatibility = await registry.compatibility(subject)
    const { compatible, messages } = await registry.check(subject, schema)
    const problems = [
      ...(compatibility === COMPATIBILITY
        ? []
        : [`its rule is ${compatibility}, not ${COMPATIBILITY}`]),
      ...(compatible ? [] : [`the registry refuses this schema: ${messages.join('; ')}`]),
    ]
    reports.push({ ...report, state: same ? 'unchanged' : 'differs', compatibility, problems })
  }
  return reports
}
