// Times as people say them, by the street's own clock and not by the phone's: its rules, deadlines and quiet hours are told by that clock,
// and a phone set to another zone would say "06:00" of a reminder that sounds at 14:00 in the street.
import { ref } from 'vue'
import type { Words } from './words'

const DAY = 86_400_000
/** China has one clock for all of it; the street's rules have the last word. */
const offset = ref(8 * 3_600_000)

/** Sets the street's clock: seconds east of UTC. */
export function setStreetClock(seconds: number): void {
  offset.value = seconds * 1000
}

export interface DueWord {
  text: string
  tone: 'late' | 'soon'
}

/** A moment as the street's clock and calendar show it; only the `getUTC…` of the answer mean anything. */
const inStreet = (at: Date) => new Date(at.getTime() + offset.value)
const dayNumber = (at: Date) => Math.floor((at.getTime() + offset.value) / DAY)

/** Whole calendar days from one moment to another. */
export function calendarDays(from: Date, to: Date): number {
  return dayNumber(to) - dayNumber(from)
}

export function dueWord(due: number, now: Date, w: Words): DueWord {
  const days = calendarDays(now, new Date(due * 1000))
  if (days < 0) return { text: w.time.late(-days), tone: 'late' }
  return { text: days === 0 ? w.time.today : w.time.left(days), tone: 'soon' }
}

export function clock(at: Date, w: Words): string {
  const there = inStreet(at)
  return w.time.clock(there.getUTCHours(), there.getUTCMinutes())
}

/** A date without its clock: 今天, or the day itself. */
export function dateWord(seconds: number, now: Date, w: Words): string {
  const at = new Date(seconds * 1000)
  if (calendarDays(at, now) === 0) return w.time.today
  const there = inStreet(at)
  const [year, month, day] = [there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate()]
  return year === inStreet(now).getUTCFullYear() ? w.time.monthDay(month, day) : w.time.yearMonthDay(year, month, day)
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
  const there = inStreet(now)
  return w.time.weekday(w.time.monthDay(there.getUTCMonth() + 1, there.getUTCDate()), there.getUTCDay())
}

/** The end of the day that lies so many days ahead: what a person means by "by tomorrow". */
export function endOfDay(now: Date, daysAhead: number): number {
  return Math.floor(((dayNumber(now) + daysAhead + 1) * DAY - offset.value) / 1000) - 60
}

/** How many days something has been going on, the first counted. */
export function dayCount(since: number, now: Date): number {
  return Math.max(1, calendarDays(new Date(since * 1000), now) + 1)
}
