import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../infra/bundle.ts'

const root = join(import.meta.dirname, '..', '..', '.crosspoint')
let folder = ''

beforeAll(() => {
  mkdirSync(root, { recursive: true })
  folder = mkdtempSync(join(root, 'bundle '))
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

test('a source that names what is not there is refused', async () => {
  const program = write('broken.ts', `import { nothing } from './nowhere.ts'\nnothing()`)
  await expect(bundle({ made: program }, join(folder, 'out'))).rejects.toThrow('nowhere')
})
