/** Makes a mutation in the modules of this process as they are loaded. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { changesOf, mutated, ROOT, type Mutation } from './mutation.ts'

/**
 * From now on; what was imported before stays whole. The function given back names the files of the
 * mutation that were not loaded: there it changed nothing.
 */
export function loadMutated(mutation: Mutation): () => readonly string[] {
  const missing = new Set(changesOf(mutation).map(({ file }) => file))
  const fileOf = new Map([...missing].map((file) => [pathToFileURL(`${ROOT}${file}`).href, file]))
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const file = fileOf.get(url)
      if (file === undefined || loaded.source === undefined || loaded.source === null) return loaded
      missing.delete(file)
      const { source } = loaded
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
      return { ...loaded, source: mutated(text, file, mutation) }
    },
  })
  return () => [...missing]
}
