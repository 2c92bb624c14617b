/** The rules of the house that a type checker can't see: who may import whom, and how long a file is. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const LINES_MAX = 300

/** Files that are too long and must get shorter; nothing may be added. */
const TOO_LONG: readonly string[] = []

const files = ['services', 'schemas', 'infra']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  .filter((file) => file.endsWith('.ts') && !/\/(target|node_modules)\//u.test(file))

const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8')

interface Import {
  readonly file: string
  /** A path from the root, `node:x` or a package. */
  readonly target: string
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gmu
  return [...textOf(file).matchAll(pattern)].map(([, type, specifier = '']) => ({
    file,
    target: specifier.startsWith('.')
      ? posix.normalize(posix.join(posix.dirname(file), specifier))
      : specifier,
    typeOnly: type !== undefined,
  }))
}

const imports = files.flatMap(importsOf)
const isCore = (file: string): boolean => /^services\/[^/]+\/core\//u.test(file)
const areaOf = (file: string): string => file.split('/')[1] ?? ''
const told = ({ file, target }: Import): string => `${file} → ${target}`
const RECORDS = 'schemas/records.ts'

describe('who may import whom', () => {
  test('the imports are found at all', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(files.filter(isCore).length).toBeGreaterThan(3)
  })

  test('domain imports nothing but itself and the types of records', () => {
    const wrong = imports.filter(
      ({ file, target, typeOnly }) =>
        file.startsWith('services/domain/') &&
        !target.startsWith('services/domain/') &&
        !(target === RECORDS && typeOnly),
    )
    expect(wrong.map(told)).toEqual([])
  })

  test('a core imports the domain, its siblings, the pure policy, and types', () => {
    const allowed = ({ file, target, typeOnly }: Import): boolean =>
      target.startsWith('services/domain/') ||
      target.startsWith(`services/${areaOf(file)}/core/`) ||
      target.startsWith('services/policy/evaluate/') ||
      target === 'services/platform/broker-time.ts' ||
      (typeOnly && !target.startsWith('node:'))
    expect(imports.filter((one) => isCore(one.file) && !allowed(one)).map(told)).toEqual([])
  })

  test("services never import each other's shells", () => {
    const services = ['router', 'auditor', 'enricher']
    // The auditor is started by the router's program: one process, two consumers (design §4).
    const startsAuditor = /^services\/router\/(main|program|command)\.ts$/u
    const wrong = imports.filter(
      ({ file, target }) =>
        services.includes(areaOf(file)) &&
        target.startsWith('services/') &&
        services.includes(areaOf(target)) &&
        areaOf(file) !== areaOf(target) &&
        !(startsAuditor.test(file) && areaOf(target) === 'auditor'),
    )
    expect(wrong.map(told)).toEqual([])
  })

  test('only what runs a whole deployment on one machine stands on infra', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        file.startsWith('services/') &&
        target.startsWith('infra/') &&
        !['demo', 'local', 'chaos'].includes(areaOf(file)),
    )
    expect(wrong.map(told)).toEqual([])
  })

  test('kafkajs is seen by services/platform/kafka only', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        /^kafkajs(\/|$)/u.test(target) && !file.startsWith('services/platform/kafka/'),
    )
    expect(wrong.map(told)).toEqual([])
  })

  test('the clock, chance and the environment are read in shells of the real world only', () => {
    const real =
      /^services\/(platform|demo|local|chaos)\/|\/(main|program|command)\.ts$|^services\/cli\.ts$/u
    const world =
      /\bDate\.now\(|\bperformance\.now\(|\bMath\.random\(|\bprocess\.env\b|\bset(?:Timeout|Interval)\(/u
    const wrong = files.filter(
      (file) =>
        file.startsWith('services/') &&
        !real.test(file) &&
        world.test(withoutComments(textOf(file))),
    )
    expect(wrong).toEqual([])
  })
})

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*.*?\*\//gsu, '').replaceAll(/^\s*\/\/.*$/gmu, '')

describe('how long a file is', () => {
  const lengthOf = (file: string): number => textOf(file).split('\n').length - 1
  /** Tables, generated or by hand: one entry after the other, nothing to get lost in. */
  const tables = [RECORDS, 'services/errors.ts']
  const measured = files.filter((file) => !tables.includes(file))

  test(`no file is longer than ${LINES_MAX} lines`, () => {
    const long = measured.filter((file) => lengthOf(file) > LINES_MAX && !TOO_LONG.includes(file))
    expect(long).toEqual([])
  })

  test('what is on the list of exceptions is still too long', () => {
    expect(TOO_LONG.filter((file) => lengthOf(file) <= LINES_MAX)).toEqual([])
  })
})
