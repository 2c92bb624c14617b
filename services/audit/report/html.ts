/**
 * A report as one page that needs no network: shapes are SVG that stretches with the window, words are
 * HTML beside them, so that both are readable on a phone and on a desk, light and dark. Pure.
 */
import { escape } from '../../platform/markup.ts'
import { bucketLabel, bucketName } from './buckets.ts'
import {
  bars,
  decisive,
  DECISIVE,
  DECISIVE_LEGEND,
  decisiveSlices,
  legend,
  number,
  section,
  type Slice,
  table,
  waitBars,
  WAITS,
  waits,
} from './html-parts.ts'
import { STYLE } from './html-style.ts'
import type { AuditReport } from './measure.ts'
import { amount, headline, percent, rangeText } from './text.ts'

function tiles(report: AuditReport): string {
  const { calls } = report
  const share = (count: number): string => (calls === 0 ? '' : percent(count / calls))
  const tile = (value: string, text: string, more: string): string =>
    `<div><b>${value}</b><span>${text}</span><small>${more}</small></div>`
  return `<div class="tiles">${[
    tile(number(calls), 'calls decided', rangeLength(report)),
    tile(number(report.failed), 'without an answer asked for', share(report.failed)),
    tile(number(report.degraded), 'on stale, cached or set facts', share(report.degraded)),
    tile(number(report.changed), 'would be routed otherwise', 'proven by a late answer'),
    tile(`${number(report.waits.p50)} ms`, 'median wait', `p99 ${number(report.waits.p99)} ms`),
    tile(number(report.late), 'decided late', share(report.late)),
  ].join('')}</div>`
}

function rangeLength({ from, to }: AuditReport): string {
  if (from === null || to === null) return ''
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000)
  if (seconds < 120) return `in ${seconds} s`
  return seconds < 7200
    ? `in ${Math.round(seconds / 60)} min`
    : `in ${Math.round(seconds / 3600)} h`
}

const TIME_HEIGHT = 100

function overTime({ times, bucketMs }: Pick<AuditReport, 'times' | 'bucketMs'>): string {
  const top = Math.max(1, ...times.map(({ calls }) => calls))
  const rects = times.flatMap((one, index) => {
    const clean = one.calls - one.failed - one.degraded - one.state
    const slices: readonly Slice[] = [
      { name: 'failed', value: one.failed },
      { name: 'degraded', value: one.degraded },
      { name: 'state', value: one.state },
      { name: 'clean', value: clean },
    ]
    let y = TIME_HEIGHT
    const shapes = slices.map(({ name, value }) => {
      const height = (value / top) * TIME_HEIGHT
      y -= height
      return value === 0
        ? ''
        : `<rect class="${name}" x="${index + 0.05}" y="${y.toFixed(2)}" width="0.9" height="${height.toFixed(2)}"/>`
    })
    const title = `${bucketLabel(one.atMs, bucketMs)}: ${amount(one.calls, 'call')}, ${one.failed} failed, ${one.degraded} degraded, ${one.state} state`
    return `<g><title>${title}</title>${shapes.join('')}</g>`
  })
  const labels = [times[0], times[Math.floor(times.length / 2)], times.at(-1)]
    .filter((one) => one !== undefined)
    .map((one) => `<span>${bucketLabel(one.atMs, bucketMs)}</span>`)
  return (
    `<p class="top">${number(top)} calls</p>` +
    `<svg class="time" viewBox="0 0 ${Math.max(times.length, 1)} ${TIME_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="calls by ${bucketName(bucketMs)}">${rects.join('')}</svg>` +
    `<p class="axis">${(times.length > 2 ? labels : labels.slice(0, 1)).join('')}</p>` +
    legend([
      ['failed', 'a lookup failed'],
      ['degraded', 'stale, partial, cached or overridden'],
      ['state', 'a valid state (no match)'],
      ['clean', 'all facts live'],
    ])
  )
}

const countText = (count: number, share: number): string =>
  `${number(count)}<small>${percent(share)}</small>`

function timeSection({ times, bucketMs }: AuditReport): string {
  const rows = times.map((one) => [
    bucketLabel(one.atMs, bucketMs),
    one.calls,
    one.failed,
    one.degraded,
    one.state,
  ])
  const numbers = table(['from', 'calls', 'failed', 'degraded', 'state only'], rows)
  const words = `Calls by ${bucketName(bucketMs)} and by the worst thing they met.`
  return section('Over time', words, overTime({ times, bucketMs }) + numbers)
}

function dependencySection({ dependencies }: AuditReport): string {
  const shapes = dependencies.map((one) => ({
    name: one.dependency,
    note: `${amount(one.answeredLate, 'answer')} came late`,
    slices: decisiveSlices(one.decisive),
    value: countText(one.count, one.share),
  }))
  const numbers = table(
    ['dependency', 'calls', ...WAITS, ...DECISIVE, 'answered late'],
    dependencies.map((one) => [
      one.dependency,
      one.count,
      ...waits(one.waits),
      ...decisive(one.decisive),
      one.answeredLate,
    ]),
  )
  const words =
    'Calls with a reason that names it, valid states such as no match included, and whether it mattered.'
  return section('By dependency', words, bars(shapes) + DECISIVE_LEGEND + numbers)
}

function causeSection({ causes }: AuditReport): string {
  const shapes = causes.map((one) => ({
    name: `${one.dependency} ${one.cause ?? one.outcome}`,
    note: one.cause === null ? '' : one.outcome,
    slices: decisiveSlices(one.decisive),
    value: countText(one.count, one.share),
  }))
  const numbers = table(
    ['dependency', 'outcome', 'cause', 'calls', ...WAITS, ...DECISIVE],
    causes.map((one) => [
      one.dependency,
      one.outcome,
      one.cause ?? '–',
      one.count,
      ...waits(one.waits),
      ...decisive(one.decisive),
    ]),
  )
  return section(
    'By cause',
    'What was wrong, and how often.',
    bars(shapes) + DECISIVE_LEGEND + numbers,
  )
}

function reasonSection({ reasons }: AuditReport): string {
  const shapes = reasons.map((one) => ({
    name: one.reason,
    note: one.example,
    slices: decisiveSlices(one.decisive),
    value: countText(one.count, one.share),
  }))
  const numbers = table(
    ['reason', 'kind', 'calls', ...WAITS, ...DECISIVE],
    reasons.map((one) => [
      one.reason,
      one.kind,
      one.count,
      ...waits(one.waits),
      ...decisive(one.decisive),
    ]),
  )
  const words = 'The reasons of the policy, with one of their sentences.'
  return section('By reason', words, bars(shapes) + DECISIVE_LEGEND + numbers)
}

function targetSection({ queues }: AuditReport): string {
  const shapes = queues.map((one) => ({
    name: one.target,
    note: `${amount(one.count, 'call')}, ${percent(one.share)}; ${one.withReason} with a reason`,
    waits: one.waits,
  }))
  const numbers = table(
    ['target', 'calls', 'with a reason', ...WAITS],
    queues.map((one) => [one.target, one.count, one.withReason, ...waits(one.waits)]),
  )
  const words =
    'Where calls went, and how long from arrival to decision (median / p99 / longest, ms).'
  return section('By target', words, waitBars(shapes) + numbers)
}

function triggerSection({ triggers }: AuditReport): string {
  const shapes = triggers.map((one) => ({
    name: one.trigger,
    note: `${amount(one.count, 'call')}, ${percent(one.share)}`,
    waits: one.waits,
  }))
  const words = 'What made the router decide, and when (median / p99 / longest, ms).'
  return section('By trigger', words, waitBars(shapes))
}

const SECTIONS = [
  timeSection,
  dependencySection,
  causeSection,
  reasonSection,
  targetSection,
  triggerSection,
]

export function reportHtml(report: AuditReport): string {
  const where = report.where === null ? '' : ` Where <code>${escape(report.where)}</code>.`
  const body =
    report.calls === 0 ? '' : [tiles(report), ...SECTIONS.map((make) => make(report))].join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Why calls went where they went</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Why calls went where they went</h1><p class="range">${rangeText(report)}.${where}</p><p class="lead">${headline(report)}</p></header>
${body}
</body>
</html>
`.replaceAll(/(\d) %/gu, '$1\u00A0%')
}
