// Times as people say them. Days are calendar days where the phone is: "still 2 days" must not change at odd hours.
import type { Words } from './words'

const DAY = 86_400_000

export interface DueWord {
  text: string
  tone: 'late' | 'soon'
}

/** Whole calendar days from one moment to another; noon avoids the hour that summer time adds or takes. */
export function calendarDays(from: Date, to: Date): number {
  const noon = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate(), 12).getTime()
  return Math.round((noon(to) - noon(from)) / DAY)
}

export function dueWord(due: number, now: Date, w: Words): DueWord {
  const days = calendarDays(now, new Date(due * 1000))
  if (days < 0) return { text: w.time.late(-days), tone: 'late' }
  return { text: days === 0 ? w.time.today : w.time.left(days), tone: 'soon' }
}

export function clock(at: Date, w: Words): string {
  return w.time.clock(at.getHours(), at.getMinutes())
}

/** A date without its clock: 今天, or the day itself. */
export function dateWord(seconds: number, now: Date, w: Words): string {
  const at = new Date(seconds * 1000)
  if (calendarDays(at, now) === 0) return w.time.today
  const [year, month, day] = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
  return year === now.getFullYear() ? w.time.monthDay(month, day) : w.time.yearMonthDay(year, month, day)
}

/** When something happened: 18:02 · 昨天 16:40 · 前天 09:15 · 11 月 17 日 09:15. */
export function whenWord(seconds: number, now: Date, w: Words): string {
  const at = new Date(seconds * 1000)
  const days = calendarDays(at, now)
  const time = clock(at, w)
  if (days === 0) return time
  if (days === 1) return w.time.yesterday(time)
  if (days === 2) return w.time.dayBefore(time)
  return w.time.at(dateWord(seconds, now, w), time)
}

/** The day alone: 今天 · 昨天 · 前天 · 11 月 17 日. */
export function dayWord(seconds: number, now: Date, w: Words): string {
  const days = calendarDays(new Date(seconds * 1000), now)
  if (days === 1) return w.time.yesterday('').trim()
  if (days === 2) return w.time.dayBefore('').trim()
  return dateWord(seconds, now, w)
}

/** When something is to come: 今天 18:00 · 明天 08:00 · 11 月 25 日 08:00. */
export function aheadWord(seconds: number, now: Date, w: Words): string {
  const at = new Date(seconds * 1000)
  const time = clock(at, w)
  return calendarDays(now, at) === 1 ? w.time.tomorrow(time) : w.time.at(dateWord(seconds, now, w), time)
}

export function todayWord(now: Date, w: Words): string {
  return w.time.weekday(w.time.monthDay(now.getMonth() + 1, now.getDate()), now.getDay())
}

/** The end of the day that lies so many days ahead: what a person means by "by tomorrow". */
export function endOfDay(now: Date, daysAhead: number): number {
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate() + daysAhead, 23, 59, 0)
  return Math.floor(end.getTime() / 1000)
}

/** How many days something has been going on, the first counted. */
export function dayCount(since: number, now: Date): number {
  return Math.max(1, calendarDays(new Date(since * 1000), now) + 1)
}
