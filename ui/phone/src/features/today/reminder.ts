import type { ReminderView, RowView } from '@beehive/shared/api'

export interface Reminder {
  row: RowView
  what: ReminderView['what']
  at: number
}

/** The next thing this phone will remind of, among what is in sight. What is due already stands in the list and needs no announcing. */
export function nextReminder(reminders: readonly ReminderView[], rows: readonly RowView[], now: Date): Reminder | null {
  const seconds = Math.floor(now.getTime() / 1000)
  for (const r of reminders) {
    const row = rows.find((row) => row.id === r.id)
    if (row && r.at > seconds && r.due > seconds) return { row, what: r.what, at: r.at }
  }
  return null
}
