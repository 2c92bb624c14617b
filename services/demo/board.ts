/**
 * The live board as lines of text. Pure: what is known goes in, lines of at most the given width come
 * out, the same for the same input. Colour is added by `paint`, so that width is counted without it.
 */
import type { Count, DependencyView, Spread, TallyView } from './tally.ts'
import type { Moment } from './timeline.ts'

export interface BoardState {
  readonly elapsedMs: number
  readonly durationMs: number
  readonly moments: readonly Moment[]
  readonly view: TallyView
  /** What is being done to each system: a fault's mode. */
  readonly modes: Readonly<Record<string, string>>
  /** Records not yet read, by program. */
  readonly lag: Readonly<Record<string, number>>
  readonly overridden: boolean
}

export interface BoardSize {
  readonly columns: number
  readonly rows: number
}

const clip = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`

const two = (value: number): string => String(value).padStart(2, '0')

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}

export function currentMoment(
  state: Pick<BoardState, 'moments' | 'elapsedMs'>,
): Moment | undefined {
  return state.moments.findLast(({ fromMs }) => fromMs <= state.elapsedMs)
}

const ms = (value: number): string => `${Math.round(value)} ms`

const spread = (value: Spread | null): string =>
  value === null ? '–' : `p50 ${ms(value.p50)}  p99 ${ms(value.p99)}  max ${ms(value.max)}`

/** As many whole parts as fit in the width. */
function fitted(parts: readonly string[], columns: number): string {
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? part : `${line}   ${part}`
    if (longer.length > columns) break
    line = longer
  }
  return line
}

const counted = ([name, { total, perS }]: readonly [string, Count]): string =>
  perS > 0 ? `${name} ${total} (${perS}/s)` : `${name} ${total}`

/** The course of the demo as a row of names, the current one in brackets. */
function course(state: BoardState, columns: number): string {
  const current = currentMoment(state)
  const names = state.moments.map(({ phase, index }) =>
    index === current?.index ? `[${phase.id}]` : phase.id,
  )
  const whole = names.join(' · ')
  if (whole.length <= columns) return whole
  const from = Math.max(0, (current?.index ?? 0) - 1)
  return clip(`${from > 0 ? '… ' : ''}${names.slice(from).join(' · ')}`, columns)
}

type Health = 'ok' | 'slow' | 'stale' | 'failing' | 'not asked' | 'stand-in' | 'idle'

const SLOW_MS = 500

/** Nobody knows of such a system whether it fails still. */
const isUnasked = (causes: DependencyView['causes']): boolean =>
  causes.length > 0 && causes.every(([cause]) => cause === 'CIRCUIT_OPEN')

/** How a system does, from its recent lookups alone. */
export function healthOf(view: DependencyView): Health {
  const failing = view.causes.reduce((sum, [, recent]) => sum + recent, 0)
  const stoodIn = view.standIns.reduce((sum, [, recent]) => sum + recent, 0)
  if (stoodIn > 0) return 'stand-in'
  if (isUnasked(view.causes)) return 'not asked'
  if (failing > 0) return 'failing'
  if (view.stale > 0) return 'stale'
  if (view.latencyMs === null) return 'idle'
  return view.latencyMs.p50 > SLOW_MS ? 'slow' : 'ok'
}

const SYSTEM_HEAD = 'system      done to it   live     p50      p99      state'

function systemLine(state: BoardState, view: DependencyView, columns: number): string {
  const { name, latencyMs, answered, causes, standIns } = view
  const why = [...standIns, ...causes].map(([what, recent]) => `${what} ${recent}`).join('  ')
  const cells = [
    name.padEnd(12),
    (state.modes[name] ?? '').padEnd(13),
    `${answered.perS}/s`.padEnd(9),
    (latencyMs === null ? '–' : ms(latencyMs.p50)).padEnd(9),
    (latencyMs === null ? '–' : ms(latencyMs.p99)).padEnd(9),
    healthOf(view).padEnd(10),
    why,
  ]
  return clip(cells.join('').trimEnd(), columns)
}

function callLines(state: BoardState, columns: number): string[] {
  const { view } = state
  const { arrived, repeats, decided, overdue, defaulted, lateAnswers } = view
  const label = (name: string, text: string): string => clip(`${name.padEnd(12)}${text}`, columns)
  const fit = (name: string, parts: readonly string[]): string =>
    label(name, fitted(parts, columns - 12))
  return [
    fit('calls', [
      `${arrived.total} requests (${arrived.perS}/s)`,
      `${decided.total} decided`,
      `${overdue} overdue`,
      `${defaulted} unheard`,
      `${repeats} repeated`,
    ]),
    label('latency', `${spread(view.latencyMs)}  arrival to decision, last 3 s`),
    fit('decided by', view.triggers.map(counted)),
    fit('routed to', view.targets.map(counted)),
    fit('late', [`${lateAnswers} answers came too late and were recorded`]),
  ]
}

function fallbackLines(state: BoardState, columns: number, rows: number): string[] {
  const { troubles, states, sentences } = state.view
  const head = fitted([...troubles.map(counted), `valid states ${states.total}`], columns - 12)
  return [
    `fallbacks   ${head}`,
    ...sentences.slice(0, rows).map(({ text }) => clip(`  ${text}`, columns)),
  ]
}

/** The board for a terminal of this size; never more lines than rows, nor wider than columns. */
export function boardLines(state: BoardState, { columns, rows }: BoardSize): string[] {
  const moment = currentMoment(state)
  const time = `${clock(state.elapsedMs)} of ${clock(state.durationMs)}`
  const lag = Object.entries(state.lag).map(([name, records]) => `${name} ${records}`)
  const override = state.overridden ? '   (override in force)' : ''
  const above = [
    clip(`crosspoint   ${time}   ${moment?.phase.title ?? 'starting'}${override}`, columns),
    course(state, columns),
    clip(moment?.phase.mends ?? '', columns),
    ...callLines(state, columns),
    '',
    clip(SYSTEM_HEAD, columns),
    ...state.view.dependencies.map((view) => systemLine(state, view, columns)),
    '',
  ]
  const below = ['', clip(`lag         ${fitted(lag, columns - 12)}`, columns)]
  const left = Math.max(0, rows - above.length - below.length - 1)
  return [...above, ...fallbackLines(state, columns, left), ...below].slice(0, rows)
}

/** One line a second, for where there is no terminal. */
export function plainLine(state: BoardState): string {
  const { view } = state
  const systems = view.dependencies.map((one) => {
    const [cause] = one.causes[0] ?? []
    const [origin] = one.standIns[0] ?? []
    const what = [healthOf(one), origin, cause].filter((part) => part !== undefined)
    return `${one.name} ${what.join(' ')}`
  })
  const p99 = view.latencyMs === null ? '–' : ms(view.latencyMs.p99)
  const calls = `${view.arrived.total} requests, ${view.decided.total} decided, ${view.overdue} overdue`
  return `${clock(state.elapsedMs)}  ${calls}, p99 ${p99} | ${systems.join(' | ')}`
}

const ESCAPE = '\u001B['
const COLOURS = {
  failing: '31',
  'not asked': '31',
  'stand-in': '33',
  slow: '33',
  stale: '33',
  ok: '32',
} as const

/** Colours on the words that matter; changes no width. */
export function paint(line: string): string {
  for (const [word, colour] of Object.entries(COLOURS)) {
    const at = line.indexOf(` ${word} `)
    const end = at === -1 && line.endsWith(` ${word}`) ? line.length - word.length - 1 : at
    if (end === -1 || !/^(crm|billing|scheduling|priority) /.test(line)) continue
    const from = end + 1
    const to = from + word.length
    return `${line.slice(0, from)}${ESCAPE}${colour}m${word}${ESCAPE}0m${line.slice(to)}`
  }
  return line.startsWith('crosspoint') || line.startsWith('system ')
    ? `${ESCAPE}1m${line}${ESCAPE}0m`
    : line
}
