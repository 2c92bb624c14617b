/** The site of a kind. */
import type { Environment } from '../../local/nursery.ts'
import { securedSite } from './secured.ts'
import { plainSite, type Site, type SiteKind } from './site.ts'
import { smallDiskSite } from './small-disk.ts'

/** Throws Unfit where this machine does not let us. */
export async function openSite(
  kind: SiteKind,
  given: {
    readonly brokers: 1 | 3
    readonly folder: string
    readonly environment: Environment
  },
): Promise<Site> {
  if (kind === 'secured') return securedSite(given.folder, given.environment)
  if (kind === 'plain') return plainSite()
  return smallDiskSite(Array.from({ length: given.brokers }, (_, index) => index + 1))
}
