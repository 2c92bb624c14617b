/**
 * Opening hours: a week in a time zone, and days that are different. The wall clock comes from Intl's
 * time zone rules, never from the host's, so the hour that a change of clocks repeats is open both
 * times and the one it skips never comes.
 */
import type { CalendarDocument } from './document.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
type Day = (typeof DAYS)[number]

const MINUTE_MS = 60_000

/** Minutes since midnight: open from the first, closed from the second on. */
interface Span {
  readonly fromMinute: number
  readonly toMinute: number
}

/** Whether a calendar is open at a time in milliseconds since 1970. */
export type OpeningHours = (timeMs: number) => boolean

/** Compiles a checked calendar. Each minute is computed once in a row, however many calls it has. */
export function compileOpeningHours(calendar: CalendarDocument): OpeningHours {
  const week = new Map<Day, readonly Span[]>(
    DAYS.map((day) => [
      day,
      calendar.hours.filter(({ days }) => days.includes(day)).map(({ from, to }) => span(from, to)),
    ]),
  )
  const holidays = new Map<string, Span[]>()
  for (const { date, from, to } of calendar.holidays) {
    const spans = holidays.get(date) ?? []
    if (from !== undefined && to !== undefined) spans.push(span(from, to))
    holidays.set(date, spans)
  }
  const wallClock = wallClockIn(calendar.timeZone)
  let last = { minute: Number.NaN, open: false }

  return (timeMs) => {
    const minute = Math.floor(timeMs / MINUTE_MS)
    if (minute === last.minute) return last.open
    const { date, day, minuteOfDay } = wallClock(timeMs)
    const spans = holidays.get(date) ?? week.get(day) ?? []
    const open = spans.some(
      ({ fromMinute, toMinute }) => minuteOfDay >= fromMinute && minuteOfDay < toMinute,
    )
    last = { minute, open }
    return open
  }
}

/** True when this platform knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Minutes since midnight of a checked time of day; 24:00 is the day's end. */
export function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

function span(from: string, to: string): Span {
  return { fromMinute: minuteOf(from), toMinute: minuteOf(to) }
}

function wallClockIn(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  return (timeMs: number): { date: string; day: Day; minuteOfDay: number } => {
    const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]))
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
    const weekday = part('weekday').toLowerCase()
    return {
      date: `${part('year')}-${part('month')}-${part('day')}`,
      day: DAYS.find((day) => day === weekday) ?? 'mon',
      minuteOfDay: Number(part('hour')) * 60 + Number(part('minute')),
    }
  }
}
