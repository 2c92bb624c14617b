/** Pieces of a report's page: bars, bands, legends, tables. Pure. */
import { escape } from '../../platform/markup.ts'
import type { DecisiveCounts, Waits } from './measure.ts'

export interface Slice {
  readonly name: string
  readonly value: number
}

/** One bar of slices; `total` is the value that fills the width. */
function bar(slices: readonly Slice[], total: number): string {
  let x = 0
  const rects = slices
    .filter(({ value }) => value > 0)
    .map(({ name, value }) => {
      const width = (value / Math.max(total, 1)) * 100
      const rect = `<rect class="${name}" x="${x.toFixed(3)}" width="${width.toFixed(3)}" height="10"/>`
      x += width
      return rect
    })
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${rects.join('')}</svg>`
}

export function legend(entries: readonly (readonly [name: string, text: string])[]): string {
  const items = entries.map(([name, text]) => `<span><i class="${name}"></i>${text}</span>`)
  return `<p class="legend">${items.join('')}</p>`
}

export const number = (value: number | null): string =>
  value === null ? '–' : value.toLocaleString('en-US')

export function table(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cell = (value: string | number | null): string =>
    typeof value === 'string' ? `<td>${escape(value)}</td>` : `<td class="n">${number(value)}</td>`
  const isNumber = columns.map((_, index) => rows.every((row) => typeof row[index] !== 'string'))
  const head = columns.map((name, i) => `<th${isNumber[i] ? ' class="n"' : ''}>${name}</th>`)
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`)
  return `<details><summary>Numbers</summary><div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></details>`
}

export const section = (title: string, words: string, body: string): string =>
  `<section><h2>${title}</h2><p class="words">${words}</p>${body}</section>`

export function bars(
  rows: readonly {
    readonly name: string
    readonly note: string
    readonly slices: readonly Slice[]
    readonly value: string
  }[],
): string {
  const total = Math.max(
    1,
    ...rows.map(({ slices }) => slices.reduce((sum, one) => sum + one.value, 0)),
  )
  const lines = rows.map(
    ({ name, note, slices, value }) =>
      `<div class="row"><span class="name">${escape(name)}${note === '' ? '' : `<small>${escape(note)}</small>`}</span>${bar(slices, total)}<span class="value">${value}</span></div>`,
  )
  return `<div class="rows">${lines.join('')}</div>`
}

export const decisiveSlices = ({ yes, no, unknown }: DecisiveCounts): readonly Slice[] => [
  { name: 'yes', value: yes },
  { name: 'unknown', value: unknown },
  { name: 'no', value: no },
]

export const DECISIVE_LEGEND = legend([
  ['yes', 'the late answer would have changed the route'],
  ['unknown', 'not known'],
  ['no', 'did not matter'],
])

/** Median to 99th percentile as a band, the longest as a tick. */
export function waitBars(
  rows: readonly { readonly name: string; readonly note: string; readonly waits: Waits }[],
): string {
  const top = Math.max(1, ...rows.map(({ waits }) => waits.max ?? 0))
  const at = (ms: number | null): number => ((ms ?? 0) / top) * 100
  const lines = rows.map(({ name, note, waits }) => {
    const [from, to, max] = [at(waits.p50), at(waits.p99), at(waits.max)]
    const band = `<rect class="band" x="${from.toFixed(2)}" y="2" width="${Math.max(to - from, 0.4).toFixed(2)}" height="6"/>`
    const tick = (x: number, kind: string): string =>
      `<line class="${kind}" x1="${x.toFixed(2)}" x2="${x.toFixed(2)}" y1="0" y2="10" vector-effect="non-scaling-stroke"/>`
    const svg = `<svg class="bar" viewBox="-0.5 0 101 10" preserveAspectRatio="none" aria-hidden="true">${band}${tick(from, 'p50')}${tick(max, 'max')}</svg>`
    const value = `${number(waits.p50)} / ${number(waits.p99)} / ${number(waits.max)}`
    return `<div class="row waits"><span class="name">${escape(name)}<small>${escape(note)}</small></span>${svg}<span class="value">${value}</span></div>`
  })
  return `<div class="rows">${lines.join('')}</div>${legend([
    ['p50', 'median'],
    ['band', 'to the 99th percentile'],
    ['max', 'longest'],
  ])}`
}

export const WAITS = ['p50 ms', 'p99 ms', 'max ms']
export const DECISIVE = ['decisive', 'not', 'unknown']
export const waits = ({ p50, p99, max }: Waits) => [p50, p99, max]
export const decisive = ({ yes, no, unknown }: DecisiveCounts) => [yes, no, unknown]
