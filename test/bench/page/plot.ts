/**
 * A line plot as one self-contained SVG, fit for light and dark and for a phone's width: with a band from
 * least to most, and told apart without colours too. Pure.
 */
import { escape } from '../../../services/platform/markup.ts'

export interface Point {
  readonly x: number
  readonly low: number
  readonly middle: number
  readonly high: number
}

export interface Series {
  readonly name: string
  readonly points: readonly Point[]
}

export type ScaleKind = 'linear' | 'logarithmic'

export interface Plot {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly xScale: ScaleKind
  readonly yScale: ScaleKind
  readonly series: readonly Series[]
  /** A line across, with its words. */
  readonly limit?: { readonly y: number; readonly text: string }
}

const WIDTH = 640
const PLOT_HEIGHT = 330
const LEFT = 62
const RIGHT = 18
const TOP = 62
const LEGEND_TOP = 58
const LEGEND_LINE = 24
const LEGEND_COLUMNS = 2
const MARK_GAP = 44
/** Colour in light and in dark, dash. */
const LOOKS = [
  ['#1f6fb2', '#6db3f2', ''],
  ['#b4540a', '#f0a35e', '8 4'],
  ['#2b8a3e', '#69c47c', '2 4'],
  ['#8e44ad', '#cf9be6', '11 3 2 3'],
  ['#5a5f66', '#b3b9c1', '4 2'],
  ['#a61e4d', '#f783ac', '14 5'],
] as const

const STYLE = [
  'text{font:15px system-ui,sans-serif;fill:#24292f}.title{font-size:17px;font-weight:600}',
  '.grid{stroke:#d8dee4}.axis{stroke:#8c959f}.back{fill:#fff}.limit{stroke:#c0392b}',
  'text.limit{fill:#c0392b;stroke:none}',
  ...LOOKS.map(([light], at) => `.s${at}{stroke:${light}}.f${at}{fill:${light}}`),
  '@media(prefers-color-scheme:dark){text{fill:#d7dde3}.grid{stroke:#3a4047}.back{fill:#161a1f}',
  '.limit{stroke:#ff8a7a}text.limit{fill:#ff8a7a}',
  ...LOOKS.map(([, dark], at) => `.s${at}{stroke:${dark}}.f${at}{fill:${dark}}`),
  '}',
].join('')

type Scale = (value: number) => number

/** From a stretch of values to one of pixels; a single value stands in the middle. */
function scaleOf(
  kind: ScaleKind,
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const place = kind === 'linear' ? (value: number): number => value : Math.log
  const [low, high] = [place(from), place(to)]
  if (high <= low) return () => (start + end) / 2
  return (value) => start + ((place(Math.max(value, from)) - low) / (high - low)) * (end - start)
}

/** Round values between two, a handful of them. */
export function marksBetween(kind: ScaleKind, from: number, to: number): readonly number[] {
  if (kind === 'linear') {
    const step = niceStep((to - from) / 5)
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, at) =>
      Number(((first + at) * step).toPrecision(10)),
    )
  }
  const marks: number[] = []
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power += 1) {
    marks.push(...[1, 2, 5].map((part) => Number((part * 10 ** power).toPrecision(10))))
  }
  const within = marks.filter((mark) => mark >= from && mark <= to)
  return within.length > 8 ? within.filter((mark) => Math.log10(mark) % 1 === 0) : within
}

function niceStep(raw: number): number {
  if (!(raw > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(raw))
  const part = [1, 2, 5, 10].find((each) => each * power >= raw) ?? 10
  return part * power
}

/** Null when there is nothing to draw. */
export function plotSvg(plot: Plot): string | null {
  const series = plot.series.filter(({ points }) => points.length > 0)
  if (series.length === 0) return null
  const points = series.flatMap((one) => one.points)
  const xs = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b)
  const ys = points.flatMap(({ low, high }) => [low, high]).concat(plot.limit?.y ?? [])
  const yFrom = plot.yScale === 'linear' ? 0 : Math.max(0.01, Math.min(...ys) * 0.8)
  const yTo = Math.max(...ys, yFrom * 1.01) * (plot.yScale === 'linear' ? 1.1 : 1.3)
  const xFrom = plot.xScale === 'linear' ? Math.min(0, ...xs) : Math.max(0.01, xs[0] ?? 1)
  const bottom = TOP + PLOT_HEIGHT
  const x = scaleOf(plot.xScale, [xFrom, xs.at(-1) ?? 1], [LEFT + 8, WIDTH - RIGHT - 8])
  const y = scaleOf(plot.yScale, [yFrom, yTo], [bottom, TOP])
  const height = bottom + LEGEND_TOP + Math.ceil(series.length / LEGEND_COLUMNS) * LEGEND_LINE + 4
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(plot.title)}">`,
    `<style>${STYLE}</style><rect class="back" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="14" y="26">${escape(plot.title)}</text>`,
    `<text x="14" y="49">${escape(plot.yTitle)}</text>`,
    ...marksBetween(plot.yScale, yFrom, yTo).map((mark) => yMark(mark, y(mark))),
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`,
    ...apart(xMarks(plot.xScale, xs), x).map((mark) => xMark(mark, x(mark), bottom)),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 42}" text-anchor="middle">${escape(plot.xTitle)}</text>`,
    ...series.map((one, index) => lineOf(one, index, x, y)),
    ...(plot.limit === undefined ? [] : [limitOf(plot.limit.text, y(plot.limit.y))]),
    ...series.map(({ name }, index) => legendOf(name, index, bottom + LEGEND_TOP)),
    '</svg>\n',
  ].join('\n')
}

/** What was measured, where that is little; round values otherwise. */
const xMarks = (kind: ScaleKind, xs: readonly number[]): readonly number[] =>
  xs.length <= 8 ? xs : marksBetween(kind, xs[0] ?? 0, xs.at(-1) ?? 1)

/** Marks whose words would run into those before are left out. */
function apart(marks: readonly number[], x: Scale): readonly number[] {
  const kept: number[] = []
  for (const mark of marks) {
    const last = kept.at(-1)
    if (last === undefined || x(mark) - x(last) >= MARK_GAP) kept.push(mark)
  }
  return kept
}

const text = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 3 })
const px = (value: number): string => value.toFixed(1)

const yMark = (value: number, at: number): string =>
  `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(at)}" y2="${px(at)}"/>` +
  `<text x="${LEFT - 8}" y="${px(at + 5)}" text-anchor="end">${text(value)}</text>`

const xMark = (value: number, at: number, bottom: number): string =>
  `<line class="axis" x1="${px(at)}" x2="${px(at)}" y1="${bottom}" y2="${bottom + 5}"/>` +
  `<text x="${px(at)}" y="${bottom + 21}" text-anchor="middle">${text(value)}</text>`

const limitOf = (words: string, at: number): string =>
  `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(at)}" y2="${px(at)}" stroke-dasharray="1 4" stroke-width="2"/>` +
  `<text class="limit" x="${LEFT + 6}" y="${px(at - 6)}">${escape(words)}</text>`

function lineOf({ points }: Series, index: number, x: Scale, y: Scale): string {
  const look = index % LOOKS.length
  const at = (one: Point, value: number): string => `${px(x(one.x))} ${px(y(value))}`
  const up = points.map((one) => at(one, one.high))
  const down = points.map((one) => at(one, one.low)).toReversed()
  const line = points.map((one) => at(one, one.middle)).join(' L')
  const isDotted = points.length <= 12
  return [
    `<path class="f${look}" d="M${[...up, ...down].join(' L')} Z" opacity="0.16"/>`,
    `<path class="s${look}" d="M${line}" fill="none" stroke-width="2.4" stroke-dasharray="${LOOKS[look]?.[2] ?? ''}"/>`,
    ...(isDotted
      ? points.map(
          (one) =>
            `<circle class="f${look}" cx="${px(x(one.x))}" cy="${px(y(one.middle))}" r="3.4"/>`,
        )
      : []),
  ].join('\n')
}

function legendOf(name: string, index: number, top: number): string {
  const look = index % LOOKS.length
  const left = 20 + (index % LEGEND_COLUMNS) * ((WIDTH - 30) / LEGEND_COLUMNS)
  const at = top + Math.floor(index / LEGEND_COLUMNS) * LEGEND_LINE
  return (
    `<path class="s${look}" d="M${left} ${at} h34" stroke-width="2.6" stroke-dasharray="${LOOKS[look]?.[2] ?? ''}"/>` +
    `<text x="${left + 42}" y="${at + 5}">${escape(name)}</text>`
  )
}
