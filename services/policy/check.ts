/** Everything about a policy that its shape can't say; each part collects its own mistakes. */
import type { CrosspointError } from '../errors.ts'
import type { Places } from '../platform/yaml-text.ts'
import type { Catalog } from './catalog.ts'
import type { PolicyDocument } from './document.ts'

/** All mistakes of a document of the right shape, in the order of the file. */
export function checkDocument(
  _document: PolicyDocument,
  _catalog: Catalog,
  _places: Places,
): CrosspointError[] {
  return []
}
