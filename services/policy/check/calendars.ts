/** Calendars: time zones that exist, spans that end after they begin. */
import type { Path } from '../../platform/yaml-text.ts'
import type { CalendarDocument } from '../document.ts'
import { isTimeZone, minuteOf } from '../opening-hours.ts'
import type { Mistakes } from './mistakes.ts'

export function checkCalendar(name: string, calendar: CalendarDocument, mistakes: Mistakes): void {
  const path = ['calendars', name]
  if (!isTimeZone(calendar.timeZone)) {
    const message = `there is no time zone '${calendar.timeZone}'`
    mistakes.at([...path, 'timeZone'], 'XP_POLICY_CALENDAR', message)
  }
  const checkSpan = (from: string, to: string, at: Path): void => {
    if (minuteOf(from) < minuteOf(to)) return
    const message = `ends at ${to}, not after it begins at ${from}`
    const remedy = 'Split a span over midnight: until 24:00, and from 00:00 on the next day.'
    mistakes.at(at, 'XP_POLICY_CALENDAR', message, remedy)
  }
  calendar.hours.forEach(({ from, to }, index) => checkSpan(from, to, [...path, 'hours', index]))
  calendar.holidays.forEach(({ from, to }, index) => {
    const at = [...path, 'holidays', index]
    if (from !== undefined && to !== undefined) checkSpan(from, to, at)
    else if (from !== undefined || to !== undefined) {
      const remedy = 'Give both, or neither for a day that is closed.'
      mistakes.at(at, 'XP_POLICY_CALENDAR', "has only one of 'from' and 'to'", remedy)
    }
  })
}
