/** Advice as an SVG picture and as one self-contained HTML page. Pure. */
import { escape } from '../platform/markup.ts'
import type { Advice } from './advice.ts'
import type { Curve, Point } from './curve.ts'

const WIDTH = 640
const HEIGHT = 260
const LEFT = 104
const RIGHT = 16
const TOP = 34
const BOTTOM = 56

interface Line {
  readonly name: string
  readonly text: string
  readonly of: (point: Point) => number
}

/** All as shares of what each is a share of, so that one scale serves. */
function linesOf(curve: Curve, decisions: number): Line[] {
  return [
    {
      name: 'gave-up',
      text: 'lookups given up',
      of: ({ gaveUp }) => gaveUp / Math.max(1, curve.lookups),
    },
    {
      name: 'elsewhere',
      text: 'calls that go elsewhere than after the longest wait',
      of: ({ elsewhere }) => elsewhere / Math.max(1, decisions),
    },
  ]
}

const STYLE = `
  svg { font: 12px system-ui, sans-serif; max-width: 100%; height: auto; display: block; }
  svg text { fill: var(--ink, #222); } .axis { stroke: var(--faint, #999); stroke-width: 1; }
  .line { fill: none; stroke-width: 2.5; } .gave-up { stroke: var(--one, #b4540a); fill: var(--one, #b4540a); }
  .elsewhere { stroke: var(--two, #1f6fb2); fill: var(--two, #1f6fb2); } .line.gave-up, .line.elsewhere { fill: none; }
  .line.elsewhere { stroke-dasharray: 6 4; } .mark { stroke: var(--ink, #222); stroke-dasharray: 2 3; }`

/** Words near an edge run inwards. */
function anchorOf(x: number): 'start' | 'middle' | 'end' {
  const edge = 110
  if (x < LEFT + edge) return 'start'
  return x > WIDTH - RIGHT - edge ? 'end' : 'middle'
}

/** One picture; `style` false when the page has it. */
export function curveSvg(curve: Curve, advice: Advice, decisions: number, style = true): string {
  const { points, trial } = curve
  const lines = linesOf(curve, decisions)
  const top = Math.max(0.001, ...points.flatMap((point) => lines.map(({ of }) => of(point))))
  const [first, last] = [points[0]?.valueMs ?? 0, points.at(-1)?.valueMs ?? 1]
  const x = (ms: number): string =>
    (LEFT + ((ms - first) / Math.max(1, last - first)) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (share: number): string =>
    (HEIGHT - BOTTOM - (share / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1)
  const path = ({ of }: Line): string =>
    points
      .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.valueMs)} ${y(of(point))}`)
      .join('')
  const mark = (ms: number, text: string, row: number): string =>
    `<line class="mark" x1="${x(ms)}" x2="${x(ms)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>` +
    `<text x="${x(ms)}" y="${row}" text-anchor="${anchorOf(Number(x(ms)))}">${text}</text>`
  const ticks = [0, 0.5, 1].map(
    (part) =>
      `<text x="${LEFT - 6}" y="${y(part * top)}" text-anchor="end" dominant-baseline="middle">${percent(part * top)}</text>`,
  )
  const recommended = advice.recommendedMs
  const advised =
    recommended === null || recommended === trial.currentMs
      ? ''
      : mark(recommended, `advised ${recommended} ms`, TOP - 6)
  const title = escape(`${trial.name}: what other values would have given`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">` +
    (style ? `<style>${STYLE}</style>` : '') +
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>` +
    ticks.join('') +
    `<text x="${LEFT}" y="${HEIGHT - BOTTOM + 24}">${first} ms</text>` +
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - BOTTOM + 24}" text-anchor="end">${last} ms</text>` +
    mark(trial.currentMs, `now ${trial.currentMs} ms`, HEIGHT - BOTTOM + 48) +
    advised +
    `${lines.map((line) => `<path class="line ${line.name}" d="${path(line)}"/>`).join('')}</svg>`
  )
}

/** A page that needs nothing from elsewhere. */
export function advicePage(
  curves: readonly { readonly curve: Curve; readonly advice: Advice }[],
  decisions: number,
): string {
  const sections = curves.map(({ curve, advice }) => sectionOf(curve, advice, decisions))
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>crosspoint advise</title>
<style>${STYLE}
  :root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --faint: #66666b; --one: #b4540a; --two: #1f6fb2; }
  @media (prefers-color-scheme: dark) { :root { --ink: #ececee; --paper: #17181a; --faint: #a0a1a7; --one: #f2a25c; --two: #74b8f0; } }
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  h2 { margin: 2.5rem 0 .3rem; } .limit { color: var(--faint); } .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { padding: .15rem .7rem; text-align: right; white-space: nowrap; }
  @media (max-width: 34rem) { svg { font-size: 20px; } .line { stroke-width: 4; } }
  i { display: inline-block; width: 1.4em; border-top: 3px solid; margin-right: .4em; vertical-align: middle; } i.two { border-top-style: dashed; }
</style>
<h1>How long to wait</h1>
<p>${decisions.toLocaleString('en-US')} recorded calls, decided again with other timeouts and windows.</p>
<p><i style="color: var(--one)"></i>lookups given up &nbsp; <i class="two" style="color: var(--two)"></i>calls that go elsewhere than after the longest wait tried</p>
${sections.join('\n')}
</html>
`.replaceAll(/(\d) %/gu, '$1\u00A0%')
}

function sectionOf(curve: Curve, advice: Advice, decisions: number): string {
  const row = (point: Point): string =>
    `<tr><td>${point.valueMs} ms</td><td>${percent(point.gaveUp / Math.max(1, curve.lookups))}</td>` +
    `<td>${percent(point.changed / Math.max(1, decisions))}</td><td>${percent(point.untold / Math.max(1, decisions))}</td>` +
    `<td>${percent(point.elsewhere / Math.max(1, decisions))}</td><td>${point.longer}</td><td>${point.shorter}</td></tr>`
  const texts = advice.sentences.map((text) => `<p>${escape(text)}</p>`)
  const limits = advice.limits.map((text) => `<p class="limit">${escape(text)}</p>`)
  const head = [
    'value',
    'given up',
    'routes changed',
    'not told',
    'elsewhere',
    'wait longer',
    'wait shorter',
  ]
  return `<section><h2>${escape(advice.name)}</h2>${texts.join('')}
${curveSvg(curve, advice, decisions, false)}
${limits.join('')}
<details><summary>Numbers</summary><div class="scroll"><table><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr>
${curve.points.map(row).join('\n')}</table></div></details></section>`
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
