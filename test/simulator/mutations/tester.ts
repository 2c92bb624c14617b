/** A process of its own that runs a test file over the services with one mutation made in them. */
import { startVitest } from 'vitest/node'
import type { Told } from './hunt.ts'
import { mutationNamed } from './list.ts'
import { changesOf, mutated, ROOT } from './mutation.ts'

const [id = '', how] = process.argv.slice(2)
const mutation = mutationNamed(id)
const tell = (told: Told): void => void process.send?.(told)
/** With `whole` the same file runs over services as they are. */
const changes = how === 'whole' ? [] : changesOf(mutation)
const missing = new Set(changes.map(({ file }) => file))

/** Vitest loads modules in its own way, where hooks of Node see nothing of them. */
const mutating = {
  name: 'mutating',
  enforce: 'pre' as const,
  transform(source: string, path: string) {
    const file = path.startsWith(ROOT) ? path.slice(ROOT.length) : path
    if (!changes.some((change) => change.file === file)) return null
    missing.delete(file)
    return mutated(source, file, mutation)
  },
}

/** As in vitest.config.ts: a slow machine must not look like a broken rule. */
const CONFIG = {
  config: false as const,
  setupFiles: ['test/properties.ts'],
  testTimeout: 60_000,
}

async function test(file: string): Promise<void> {
  const vitest = await startVitest(
    'test',
    [file],
    { ...CONFIG, root: ROOT, watch: false, reporters: [] },
    { plugins: [mutating] },
  )
  const failed: string[] = []
  let passed = 0
  for (const module of vitest.state.getTestModules()) {
    for (const { fullName } of module.children.allTests('failed')) failed.push(fullName)
    passed += [...module.children.allTests('passed')].length
  }
  await vitest.close()
  const untouched = [...missing]
  if (untouched.length > 0)
    tell({ kind: 'useless', why: `${file} never loads ${untouched.join()}` })
  else if (failed.length + passed === 0) tell({ kind: 'useless', why: `${file} runs no test` })
  else tell({ kind: 'tested', failed })
}

process.on('message', () => {
  test(mutation.seenBy?.test ?? '').catch((error: unknown) => {
    tell({ kind: 'useless', why: String(error) })
  })
})
