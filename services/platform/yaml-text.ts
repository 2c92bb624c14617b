/**
 * YAML that people write, read so that every mistake has its place: parsed with positions kept, its
 * shape checked by zod, and all mistakes of a text collected instead of the first only.
 */
import { isAlias, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { CrosspointError } from '../errors.ts'
import type { ErrorCode, Place } from '../errors.ts'

export type Path = readonly PropertyKey[]

/** Which codes the mistakes of one kind of file carry, and how large it may be. */
export interface YamlKind {
  readonly syntax: ErrorCode
  readonly shape: ErrorCode
  readonly limit: ErrorCode
  readonly bytesMax: number
}

/** Where things stand in a text. */
export interface Places {
  /** The place of the value at a path; of what encloses it when it does not exist. */
  value(path: Path): Place
  /** The place of the key that leads to a path. */
  key(path: Path): Place
}

export type ReadYaml<T> =
  | { readonly ok: true; readonly value: T; readonly places: Places }
  | { readonly ok: false; readonly errors: readonly CrosspointError[] }

const DEPTH_MAX = 64
const TOO_DEEP = `nests deeper than ${DEPTH_MAX} levels`
/** How the parser tells that it ran out of stack in a text made to exhaust it. */
const STACK_SPENT = /call stack|stack overflow/i

/**
 * Reads a text as YAML 1.2 of a shape. `file` names it in places. Never throws for a bad text: gives
 * every syntax mistake or, where there is none, every mistake of shape.
 */
export function readYaml<T>(
  text: string,
  file: string,
  shape: z.ZodType<T>,
  kind: YamlKind,
): ReadYaml<T> {
  const tooLarge = sizeMistake(text, file, kind)
  if (tooLarge !== null) return { ok: false, errors: [tooLarge] }

  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = [...document.errors, ...document.warnings].map((error) => {
    const deep = STACK_SPENT.test(error.message)
    const message = deep ? TOO_DEEP : inShort(error.message)
    return new CrosspointError(deep ? kind.limit : kind.syntax, message, {
      place: at(error.pos[0]),
    })
  })
  if (syntax.length === 0) syntax.push(...structureMistakes(document, at, kind))
  if (syntax.length > 0) return { ok: false, errors: syntax }

  const places = placesIn(document, at)
  const parsed = shape.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (parsed.success) return { ok: true, value: parsed.data, places }
  return {
    ok: false,
    errors: parsed.error.issues
      .flatMap((issue) => shapeMistakes(issue, kind, places))
      .toSorted((left, right) => byPlace(left.place, right.place)),
  }
}

/** Orders mistakes as they stand in their file. */
export function byPlace(left: Place | undefined, right: Place | undefined): number {
  const lines = (left?.line ?? 0) - (right?.line ?? 0)
  return lines === 0 ? (left?.column ?? 0) - (right?.column ?? 0) : lines
}

function sizeMistake(text: string, file: string, kind: YamlKind): CrosspointError | null {
  const bytes = Buffer.byteLength(text)
  if (bytes <= kind.bytesMax) {
    return deepest(text) <= DEPTH_MAX
      ? null
      : new CrosspointError(kind.limit, `nests deeper than ${DEPTH_MAX} levels`, {
          place: { file },
        })
  }
  const message = `has ${bytes} bytes; ${kind.bytesMax} is the limit`
  return new CrosspointError(kind.limit, message, { place: { file } })
}

/** An upper bound of how deep flow collections nest, found before anything recursive reads the text. */
function deepest(text: string): number {
  let depth = 0
  let most = 0
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++depth)
    else if ((character === ']' || character === '}') && depth > 0) depth--
  }
  return most
}

type YamlDocument = ReturnType<typeof parseDocument>

/** Anchors and aliases hide where a value stands and may grow without bound, so they are refused. */
function structureMistakes(
  document: YamlDocument,
  at: (offset: number) => Place,
  kind: YamlKind,
): CrosspointError[] {
  const errors: CrosspointError[] = []
  visit(document, {
    Alias(_key, alias) {
      const place = at(alias.range?.[0] ?? 0)
      const remedy = 'Write the value out.'
      errors.push(new CrosspointError(kind.syntax, 'aliases are not read', { place, remedy }))
    },
    Pair(_key, { key }) {
      if (isScalar(key) || isAlias(key)) return
      const { range } = (key ?? {}) as { range?: readonly number[] | null }
      const message = 'a list or a map is no key'
      errors.push(new CrosspointError(kind.syntax, message, { place: at(range?.[0] ?? 0) }))
    },
    Node(_key, node, path) {
      if (path.length <= 2 * DEPTH_MAX) return undefined
      const place = at(node.range?.[0] ?? 0)
      errors.push(new CrosspointError(kind.limit, TOO_DEEP, { place }))
      return visit.BREAK
    },
  })
  return errors
}

function placesIn(document: YamlDocument, at: (offset: number) => Place): Places {
  const offsetOf = (node: unknown): number | undefined =>
    (node as { range?: readonly number[] | null } | null)?.range?.[0]

  const value = (path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsetOf(document.getIn(path.slice(0, length), true))
      if (offset !== undefined) return at(offset)
    }
    return at(offsetOf(document.contents) ?? 0)
  }
  const key = (path: Path): Place => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
    if (!isMap(parent)) return value(path)
    const last = String(path.at(-1))
    const pair = parent.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === last,
    )
    const offset = offsetOf(pair?.key)
    return offset === undefined ? value(path) : at(offset)
  }
  return { value, key }
}

function shapeMistakes(issue: z.core.$ZodIssue, kind: YamlKind, places: Places): CrosspointError[] {
  const path = issue.path
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const place = places.key([...path, key])
      return new CrosspointError(kind.shape, `'${key}' is no key of ${named(path)}`, { place })
    })
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  const atKey = issue.code === 'invalid_key'
  const place = atKey ? places.key(path) : places.value(path)
  if (missing) {
    const message = `${named(path.slice(0, -1))} lacks '${String(path.at(-1) ?? '')}'`
    return [new CrosspointError(kind.shape, message, { place })]
  }
  return [new CrosspointError(kind.shape, `${named(path)}: ${worded(issue)}`, { place })]
}

function worded(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const wanted = issue.errors.flat().map((inner) => worded(inner))
    return wanted.length === 0 ? issue.message : [...new Set(wanted)].join(', or ')
  }
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => worded(inner)).join(', ')
  return issue.message.replace(/^Invalid (input|option|string|key in record): ?/, '')
}

function named(path: Path): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.')
}

const SAID_MAX = 160

/** The parser quotes what it did not expect, however much of the text that is. */
function inShort(message: string): string {
  const line = message.replaceAll(/(?:\\n|\s)+/gu, ' ')
  return line.length > SAID_MAX ? `${line.slice(0, SAID_MAX)}…` : line
}
