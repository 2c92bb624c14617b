/** A line plot as one self-contained SVG, both axes logarithmic, with a band from least to most. */

import { escape } from '../../../services/platform/markup.ts'

export interface Series {
  readonly name: string
  readonly points: readonly {
    readonly x: number
    readonly low: number
    readonly middle: number
    readonly high: number
  }[]
}

export interface Plot {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly series: readonly Series[]
  /** A line across, with its words. */
  readonly limit?: { readonly y: number; readonly text: string }
}

const WIDTH = 760
const HEIGHT = 420
const LEFT = 64
const RIGHT = 190
const TOP = 44
const BOTTOM = 52
/** Told apart also without colours: each has a dash of its own. */
const LOOKS = [
  ['#1f6fb2', ''],
  ['#b4540a', '7 4'],
  ['#2b8a3e', '2 3'],
  ['#8e44ad', '10 3 2 3'],
  ['#555555', '4 2'],
] as const

const STYLE = `text{font:12px system-ui,sans-serif;fill:#222}.grid{stroke:#ddd}.axis{stroke:#888}
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.back{fill:#1b1c1e}}`

type Scale = (value: number) => number

function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const [low, high] = [Math.log(from), Math.log(Math.max(to, from * 1.01))]
  return (value) => start + ((Math.log(Math.max(value, from)) - low) / (high - low)) * (end - start)
}

/** 1, 2 and 5 of every power of ten between two values. */
function marksBetween(from: number, to: number): number[] {
  const marks: number[] = []
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10) {
    marks.push(...[1, 2, 5].map((part) => part * power))
  }
  return marks.filter((mark) => mark >= from && mark <= to)
}

export function plotSvg({ title, xTitle, yTitle, series, limit }: Plot): string {
  const points = series.flatMap((one) => one.points)
  const xs = points.map(({ x }) => x)
  const ys = points
    .flatMap(({ low, high }) => [low, high])
    .concat(limit === undefined ? [] : limit.y)
  const [fromX, toX] = [Math.min(...xs), Math.max(...xs)]
  const [fromY, toY] = [Math.max(0.01, Math.min(...ys) * 0.8), Math.max(...ys) * 1.2]
  const x = logarithmic(fromX, toX, LEFT, WIDTH - RIGHT)
  const y = logarithmic(fromY, toY, HEIGHT - BOTTOM, TOP)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style><rect class="back" width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" style="font-size:15px;font-weight:600">${escape(title)}</text>`,
    ...marksBetween(fromY, toY).map((mark) => yMark(mark, y(mark))),
    ...[...new Set(xs)].toSorted((a, b) => a - b).map((mark) => xMark(mark, x(mark))),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escape(xTitle)}</text>`,
    `<text x="${LEFT - 50}" y="${TOP - 8}">${escape(yTitle)}</text>`,
    ...series.map((one, index) => lineOf(one, index, x, y)),
    ...(limit === undefined ? [] : [limitOf(limit, y(limit.y))]),
    '</svg>\n',
  ].join('\n')
}

const yMark = (value: number, at: number): string =>
  `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>` +
  `<text x="${LEFT - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${value}</text>`

const xMark = (value: number, at: number): string =>
  `<line class="axis" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 5}"/>` +
  `<text x="${at.toFixed(1)}" y="${HEIGHT - BOTTOM + 19}" text-anchor="middle">${value}</text>`

const limitOf = ({ text }: { readonly text: string }, at: number): string =>
  `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}" stroke="#c0392b" stroke-dasharray="1 3"/>` +
  `<text x="${LEFT + 6}" y="${(at - 5).toFixed(1)}" style="fill:#c0392b">${escape(text)}</text>`

function lineOf({ name, points }: Series, index: number, x: Scale, y: Scale): string {
  const [colour, dash] = LOOKS[index % LOOKS.length] ?? LOOKS[0]
  const at = (px: number, py: number): string => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`
  const line = points.map((one) => at(one.x, one.middle)).join(' L')
  const up = points.map((one) => at(one.x, one.high))
  const down = points.map((one) => at(one.x, one.low)).toReversed()
  const legendY = TOP + 8 + index * 22
  const legendX = WIDTH - RIGHT + 14
  return [
    `<path d="M${[...up, ...down].join(' L')} Z" fill="${colour}" opacity="0.15"/>`,
    `<path d="M${line}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-dasharray="${dash}"/>`,
    `<path d="M${legendX} ${legendY} h28" stroke="${colour}" stroke-width="2.2" stroke-dasharray="${dash}"/>`,
    `<text x="${legendX + 34}" y="${legendY + 4}">${escape(name)}</text>`,
  ].join('\n')
}
