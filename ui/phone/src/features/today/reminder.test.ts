import type { ReminderView, RowView } from '@beehive/shared/api'
import { expect, it } from 'vitest'
import { nextReminder } from './reminder'

const NOW = new Date('2026-11-23T18:30:00+08:00')
const at = (text: string) => Math.floor(new Date(text).getTime() / 1000)
const rows = [{ id: 'a' }, { id: 'b' }] as RowView[]
const reminder = (id: string, when: string, due = when): ReminderView => ({ id, what: 'assigned', at: at(when), due: at(due) })

it('announces the next one that is still to come', () => {
  const late = reminder('a', '2026-11-24T08:00:00+08:00', '2026-11-22T12:00:00+08:00')
  const next = reminder('b', '2026-11-24T09:00:00+08:00')
  expect(nextReminder([late, next], rows, NOW)?.row.id).toBe('b')
})

it('says nothing when nothing is to come', () => {
  expect(nextReminder([reminder('a', '2026-11-23T18:30:00+08:00')], rows, NOW)).toBeNull()
  expect(nextReminder([reminder('elsewhere', '2026-11-24T09:00:00+08:00')], rows, NOW)).toBeNull()
})
