/** A drill as one HTML page that needs nothing else: no network, no script, no font. */
import { countText, shareText } from '../space/words.ts'
import type { Drill, Outcome } from './drill.ts'
import { STYLE } from './style.ts'
import { byMoved, isFailure, labelOf, waitText } from './text.ts'

/** The whole page. `policy` names what was drilled. */
export function drillPage(
  drill: Drill,
  policy: { readonly name: string; readonly version: string },
): string {
  const { profiles, exhaustive, alone } = drill
  const how = exhaustive ? 'all' : 'a sample of'
  const title = `What callers get when systems fail: policy ${policy.name}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>What callers get when systems fail</h1>
<p>Policy <strong>${escape(policy.name)}</strong>, version ${escape(policy.version.slice(0, 8))}. Every way a system of record can fail, alone and together with
another, was played through for ${how} ${countHtml(profiles)} caller profiles.
Each profile counts once: shares are of what the policy tells apart, not of your callers.</p>
</header>
<main>
${findings(drill)}
<section>
<h2>One system fails</h2>
<p><b>Moved</b>: profiles that are routed elsewhere than with all systems healthy. <b>Wait</b>: how long callers
wait for the failing system before they are routed. The columns show where callers go; the stronger the colour, the more of them.</p>
${aloneTable(drill, alone)}
</section>
<section>
<h2>Two systems fail at once</h2>
<p><b>Callers moved</b>, in percent of profiles. Read a row and a column: both fail. A framed cell is that
system failing alone. On a phone, scroll the table sideways.</p>
${pairTable(drill, MOVED)}
<p class="legend"><span class="ramp"></span> 0 to 100 % of caller profiles moved</p>
<p><b>Longest wait</b>, in seconds.</p>
${pairTable(drill, WAIT)}
<p class="legend"><span class="ramp"></span> none to ${longestOf(drill) / 1000} s</p>
</section>
<section>
<h2>What the audit says</h2>
<p>One sentence for each reason; what stands in braces is filled in for each call.</p>
${reasons(drill)}
</section>
<section>
<h2>How to read this</h2>
<p>A caller profile is one combination of what the policy's rules can tell apart: number dialled, menu choice,
VIP or not, open ticket or not, and so on. Each profile counts once. So a share says how much of what the policy
distinguishes is affected, not how many of your callers: a rare profile counts as much as a common one.</p>
<p>What fails at once (down, error, bad answer) is taken to be known at once; what is slow, at its timeout. A system
that waits for another's answer is not asked when that answer does not come. “Partial” is an answer that lacks
every fact the rules read.</p>
</section>
</main>
</body>
</html>
`
}

function findings(drill: Drill): string {
  const { alone, pairs } = drill
  const failures = alone.filter((outcome) => isFailure(drill, outcome))
  const worst = failures.toSorted(byMoved)[0]
  const waiting = failures.toSorted((a, b) => meanWait(b) - meanWait(a))[0]
  const pair = pairs.filter((outcome) => isFailure(drill, outcome)).toSorted(byMoved)[0]
  const card = (value: string, text: string) =>
    `<li><strong>${escape(value)}</strong><span>${escape(text)}</span></li>`
  return `<ul class="cards">
${card('every profile', 'gets a route in every drill: nobody is left in silence')}
${card(`${longestOf(drill)} ms`, 'is the longest that anyone waits for a system that fails')}
${worst === undefined ? '' : card(percent(worst.moved), `of profiles move at worst when one system fails: ${labelOf(drill, worst)}`)}
${waiting === undefined || meanWait(waiting) === 0 ? '' : card(waitText(waiting), `is the worst wait when one system fails: ${labelOf(drill, waiting)}`)}
${pair === undefined ? '' : card(percent(pair.moved), `of profiles move at worst when two fail: ${labelOf(drill, pair)}`)}
</ul>`
}

function meanWait({ waits }: Outcome): number {
  return waits.reduce((sum, { waitMs, share }) => sum + waitMs * share, 0)
}

function aloneTable(drill: Drill, alone: readonly Outcome[]): string {
  const all = [drill.healthy, ...alone.map(({ targets }) => targets)].flat()
  const columns = [...new Set(all.map(({ name }) => name))]
  const cells = (targets: Drill['healthy']) =>
    columns.map((name) => heat(targets.find((target) => target.name === name)?.share ?? 0)).join('')
  const head = columns.map((name) => `<th class="up"><span>${escape(name)}</span></th>`).join('')
  let before = ''
  const rows = alone.map((outcome) => {
    const { dependency = '', names = [] } = drill.kinds[outcome.kinds[0] ?? -1] ?? {}
    const band = dependency === before ? '' : bandRow(dependency, columns.length + 4)
    before = dependency
    const flags = outcome.flags.map(({ name, share }) => flagHtml(name, share)).join('<br>')
    return `${band}<tr><th scope="row">${escape(names.join(', '))}</th>${heat(outcome.moved)}<td class="wait">${escape(waitText(outcome))}</td>${cells(outcome.targets)}<td class="flags">${flags}</td></tr>`
  })
  return `<div class="scroll"><table>
<thead><tr><th>fails</th><th class="up"><span>moved</span></th><th>wait</th>${head}<th>flags raised</th></tr></thead>
<tbody><tr class="well"><th scope="row">all healthy</th><td></td><td class="wait">none</td>${cells(drill.healthy)}<td></td></tr>
${rows.join('\n')}</tbody></table></div>`
}

function bandRow(dependency: string, columns: number): string {
  return `<tr class="band"><th colspan="${columns}"><span>${escape(dependency)}</span></th></tr>`
}

function flagHtml(name: string, share: number): string {
  return `<code>${escape(name)}</code>${share > 0.999 ? '' : ` ${percent(share)}`}`
}

/** What a cell of a pair table shows: a number of 0 to 100 for its colour, and a text. */
type Measure = (outcome: Outcome, drill: Drill) => { readonly heat: number; readonly text: string }

const MOVED: Measure = ({ moved }) => ({ heat: moved * 100, text: shareCell(moved) })
const WAIT: Measure = ({ waitMaxMs }, drill) => ({
  heat: waitMaxMs === 0 ? 0 : (100 * waitMaxMs) / longestOf(drill),
  text: waitMaxMs === 0 ? '·' : (waitMaxMs / 1000).toFixed(1),
})

function longestOf({ alone, pairs }: Drill): number {
  return Math.max(0, ...[...alone, ...pairs].map(({ waitMaxMs }) => waitMaxMs))
}

function pairTable(drill: Drill, measure: Measure): string {
  const { kinds, alone, pairs } = drill
  const found = new Map([...alone, ...pairs].map((outcome) => [outcome.kinds.join(' '), outcome]))
  const short = (names: readonly string[]) =>
    names.length > 2 ? `${names.slice(0, 2).join(', ')} …` : names.join(', ')
  const groups = [...new Set(kinds.map(({ dependency }) => dependency))]
  const bands = groups
    .map((name) => {
      const span = kinds.filter(({ dependency }) => dependency === name).length
      return `<th class="group" colspan="${span}">${escape(name)}</th>`
    })
    .join('')
  const head = kinds
    .map(
      ({ names }) =>
        `<th class="up" title="${escape(names.join(', '))}"><span>${escape(short(names))}</span></th>`,
    )
    .join('')
  const rows = kinds.map(({ dependency, names }, row) => {
    const band =
      kinds[row - 1]?.dependency === dependency ? '' : bandRow(dependency, kinds.length + 1)
    const cells = kinds.map(({ dependency: other }, column) => {
      if (other === dependency && row !== column) return '<td class="none"></td>'
      const key = row === column ? String(row) : [row, column].toSorted((a, b) => a - b).join(' ')
      const outcome = found.get(key)
      if (outcome === undefined) return '<td class="none"></td>'
      const tip = `${labelOf(drill, outcome)}: ${percent(outcome.moved)} moved; wait: ${waitText(outcome)}`
      const { heat: value, text } = measure(outcome, drill)
      return cell(value, text, tip, row === column ? 'alone' : '')
    })
    return `${band}<tr><th scope="row" title="${escape(names.join(', '))}">${escape(short(names))}</th>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table class="pairs">
<thead><tr><th></th>${bands}</tr><tr><th>fails, and</th>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function heat(share: number): string {
  return cell(share * 100, shareCell(share), '', '')
}

function shareCell(share: number): string {
  if (share < 1e-9) return '·'
  return share < 0.01 ? '&lt;1' : String(Math.round(share * 100))
}

function cell(value: number, text: string, tip: string, kind: string): string {
  const title = tip === '' ? '' : ` title="${escape(tip)}"`
  return `<td class="heat ${kind}" style="--h:${value.toFixed(1)}"${title}>${text}</td>`
}

function reasons({ kinds, alone }: Drill): string {
  const names = [...new Set(kinds.map(({ dependency }) => dependency))]
  const parts = names.map((name) => {
    const own = alone.filter(({ kinds: [index = -1] }) => kinds[index]?.dependency === name)
    const told = own.flatMap(({ reasons: each }) => each.filter((one) => one.dependency === name))
    const sentences = new Map(told.map(({ reason, sentence }) => [reason, sentence]))
    const rows = [...sentences].map(
      ([reason, sentence]) => `<dt><code>${escape(reason)}</code></dt><dd>${escape(sentence)}</dd>`,
    )
    return `<details><summary>${escape(name)}</summary><dl>${rows.join('')}</dl></details>`
  })
  return parts.join('\n')
}

function percent(share: number): string {
  return shareText(share > 1 - 1e-9 ? 1 : share < 1e-9 ? 0 : share, 1)
}

function countHtml(count: number): string {
  return escape(countText(count)).replace(/\^(\d+)/u, '<sup>$1</sup>')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (character) => ENTITIES[character] ?? character)
}
