/** Combinations and their numbers for people. */
import { valueText } from '../explain/judge.ts'
import type { Ending } from '../evaluate/fallback.ts'
import type { Assignment, Axis, Space } from './space.ts'

/** What an assignment sets, each a short phrase; what it leaves open is not told. */
export function phrases(space: Space, at: Assignment): string[] {
  const told = [...at].flatMap((value, index) => {
    const axis = space.axes[index]
    return value < 0 || axis === undefined ? [] : [{ axis, text: phrase(axis, value) }]
  })
  const order = ['input', 'calendar', 'ending', 'fact'] as const
  return order.flatMap((kind) =>
    told.flatMap(({ axis, text }) => (axis.kind === kind ? [text] : [])),
  )
}

function phrase(axis: Axis, value: number): string {
  if (axis.kind === 'calendar') return `${axis.name} ${value === 0 ? 'open' : 'closed'}`
  if (axis.kind !== 'ending') return `${axis.name} ${valueText(axis.values[value] ?? null)}`
  const ended = axis.values[value]
  return ended === undefined ? axis.name : `${axis.name} ${endingText(ended.example)}`
}

/** How a lookup ended, in the codes of the policy language. */
export function endingText({ outcome, cause, origin, stale, missing }: Ending): string {
  const parts: string[] = [outcome]
  if (cause !== null) parts.push(`(${cause})`)
  if (origin === 'CACHE' || origin === 'OVERRIDE') parts.push(`from ${origin}`)
  if (stale) parts.push('stale')
  if (missing.length > 0) parts.push(`without ${missing.join('+')}`)
  return parts.join(' ')
}

const EXACT_MAX = 1_000_000

/** A number of combinations: exact while small, else in powers of ten. */
export function countText(count: number): string {
  if (count < EXACT_MAX) return Math.round(count).toLocaleString('en-US')
  const power = Math.floor(Math.log10(count))
  return `${(count / 10 ** power).toFixed(1)} × 10^${power}`
}

/** A share in percent; something is never told as nothing, nor less than all as all. */
export function shareText(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole
  if (share === 0 || share === 100) return `${share} %`
  if (share < 0.1) return '< 0.1 %'
  if (share > 99.9) return '> 99.9 %'
  return share < 10 ? `${share.toFixed(1)} %` : `${Math.round(share)} %`
}
