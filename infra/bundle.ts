/**
 * A program and the packages it uses, as few files: what services run from once `make setup` has made them
 * (bin/crosspoint). Of 668 modules each keeps its text, its scopes and its place among the others for as long
 * as the process lives, and a call that crosses them is dearer (DESIGN.md, "Memory and start").
 */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

/** These carry a binary or read files beside their own: they stay packages. No service loads them. */
const PACKAGES: readonly string[] = ['@duckdb/node-api', 'testcontainers']
/** Packages that others ask for and do without. */
const OPTIONAL: readonly string[] = ['pg-native']

/**
 * Writes `folder/<name>.mjs` and what it loads later, all at once: the folder is there when it is whole, and one
 * that is there already stays. Names stay as they are, so that what failed can be found in the sources, and each
 * module goes by the place of its source (`import.meta`). Throws where a source can not be read or names
 * something that is not there.
 *
 * @param sources Paths of programs, by the name of what is written.
 */
export async function bundle(
  sources: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true })
  // As deep as `folder` will be, by its true place: modules name those of their sources from there.
  const unfinished = mkdtempSync(join(realpathSync(dirname(folder)), '.unfinished-'))
  try {
    await writeInto(sources, unfinished)
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!isThere(error)) throw error
  }
}

/** Another was quicker. */
const isThere = (error: unknown): boolean =>
  ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')

async function writeInto(sources: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const bundled = await rolldown({
    input: { ...sources },
    platform: 'node',
    external: [...PACKAGES, ...OPTIONAL],
    plugins: [{ name: 'own-place', transform: (text, file) => placed(text, file, folder) }],
  })
  await bundled.write({
    dir: folder,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    comments: false,
  })
  await bundled.close()
}

/** `import.meta.url` and `import.meta.dirname` stay those of the source, wherever it moves together with `folder`. */
function placed(text: string, file: string, folder: string): string | null {
  if (file.includes('/node_modules/') || !text.includes('import.meta.')) return null
  const [other] = /import\.meta\.(?!url\b|dirname\b|main\b)\w+/u.exec(text) ?? []
  if (other !== undefined) throw new Error(`${file}: ${other} would be that of what is made of it`)
  const url = `new URL(${JSON.stringify(relative(folder, file))}, import.meta.url)`
  const builtin = (name: string): string => `process.getBuiltinModule('node:${name}')`
  return text
    .replaceAll('import.meta.url', `${url}.href`)
    .replaceAll(
      'import.meta.dirname',
      `${builtin('path')}.dirname(${builtin('url')}.fileURLToPath(${url}))`,
    )
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const [folder = ''] = process.argv.slice(2)
  await bundle({ cli: join(root, 'services', 'cli.ts') }, join(root, folder))
}
