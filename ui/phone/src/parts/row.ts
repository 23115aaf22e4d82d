import type { ListKind, RowView } from '@beehive/shared/api'
import { dueWord, whenWord, type DueWord } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

const ENDED: ReadonlySet<RowView['status']> = new Set(['resolved', 'closed', 'declined', 'merged', 'withdrawn'])
export const isOpen = (row: RowView) => !ENDED.has(row.status)

/** Why somebody must look, in a few words; empty when nobody must. */
export function whyLook(row: RowView, w: Words): string {
  const first = row.needs_eyes[0]
  if (first) return w.eyesShort[first]
  return row.conflict ? w.conflictShort : ''
}

/** What waits for the reader; empty when nothing does. */
export function myTurn(row: RowView, w: Words): string {
  if (!row.turn) return ''
  return w.turn.mine(row.turn === 'choose' ? w.turn.choose : (w.actions[row.turn] ?? ''))
}

export function rowDue(row: RowView, now: Date, w: Words): DueWord | null {
  return row.due !== undefined && isOpen(row) ? dueWord(row.due, now, w) : null
}

/** The place without what a heading above already says. */
export function placeBelow(row: RowView): string {
  if (row.group && row.place.startsWith(row.group)) return row.place.slice(row.group.length).trim()
  return row.place
}

/** How it stands, in words: the last thing that happened, or what it waits for. */
export function standing(row: RowView, w: Words): string {
  if (!row.whole && !row.last_step) return w.turn.notWhole
  if (row.last_step && isOpen(row)) return row.last_step
  if (row.status === 'working' && row.assignee) return w.turn.doing(row.assignee)
  return w.turn[row.status]
}

/** The second line of a row: what that list is about. */
export function secondLine(row: RowView, list: ListKind | 'today', now: Date, w: Words): string[] {
  const path = row.path ? w.paths[row.path] : ''
  const parts: Record<typeof list, string[]> = {
    today: [placeBelow(row), standing(row, w), path],
    demand: [row.place, row.category, standing(row, w)],
    responsibility: [row.assignee ?? w.lists.nobody, row.place, path],
    progress: [standing(row, w), whenWord(row.updated_at, now, w), row.place],
  }
  return parts[list].filter(Boolean)
}

export interface Group {
  name: string
  rows: RowView[]
}

/** Under headings, in the order in which the engine gave them. */
export function grouped(rows: readonly RowView[], w: Words): Group[] {
  const groups = new Map<string, RowView[]>()
  for (const row of rows) {
    const name = row.group || w.today.elsewhere
    const list = groups.get(name)
    if (list) list.push(row)
    else groups.set(name, [row])
  }
  return [...groups].map(([name, list]) => ({ name, rows: list }))
}
