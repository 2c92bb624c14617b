/** The JSON Schema of the policy language, for editors: schemas/policy.schema.json. */
import { z } from 'zod'
import { policyDocument } from './document.ts'

/** The schema as text, ending in a newline. */
export function policyJsonSchema(): string {
  const schema = z.toJSONSchema(policyDocument, { io: 'input' })
  const titled = { ...schema, title: 'crosspoint policy', description: 'Where calls go, and why.' }
  return `${JSON.stringify(titled, null, 2)}\n`
}
