import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../../infra/bundle.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle of '))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('a program and what it loads later run from few files, and go by the places of their sources', async () => {
  const program = write(
    'program.ts',
    `export const here: string = import.meta.url
     export const folder: string = import.meta.dirname
     export const later = () => import('./later.ts')`,
  )
  const other = write(
    'later.ts',
    `export const file: string = new URL('beside.txt', import.meta.url).pathname
     export const url: string = import.meta.url`,
  )
  await bundle({ made: program }, join(folder, 'out'))
  const made = (await import(join(folder, 'out', 'made.mjs'))) as {
    here: string
    folder: string
    later(): Promise<{ file: string; url: string }>
  }
  expect(made.here).toBe(new URL(`file://${program}`).href)
  expect(made.folder).toBe(folder)
  const later = await made.later()
  expect(later.url).toBe(new URL(`file://${other}`).href)
  expect(decodeURI(later.file)).toBe(join(folder, 'beside.txt'))
})

test('what is there stays, whole as it was', async () => {
  const out = join(folder, 'kept')
  await bundle({ made: write('one.ts', 'export const is = 1') }, out)
  await bundle({ made: write('two.ts', 'export const is = 2') }, out)
  expect((await import(join(out, 'made.mjs'))) as unknown).toMatchObject({ is: 1 })
})

test('places are true below a folder that is a link', async () => {
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true })
  symlinkSync(join(folder, 'deep', 'er'), join(folder, 'link'))
  const program = write('linked.ts', 'export const here: string = import.meta.dirname')
  await bundle({ made: program }, join(folder, 'link', 'out'))
  const made = (await import(join(folder, 'link', 'out', 'made.mjs'))) as { here: string }
  expect(made.here).toBe(folder)
})

test.each([
  ['nowhere', `import { nothing } from './nowhere.ts'\nnothing()`],
  ['import.meta.filename', 'export const file = import.meta.filename'],
])('a source that leads to %s is refused, and leaves nothing', async (what, text) => {
  const out = join(folder, 'refused', 'out')
  await expect(bundle({ made: write('broken.ts', text) }, out)).rejects.toThrow(what)
  expect(readdirSync(join(folder, 'refused'))).toEqual([])
})
