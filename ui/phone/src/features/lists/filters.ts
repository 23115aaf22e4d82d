import type { CountsView, ListFilter, ListKind, ListOrder, Path, PlaceId, RecordKind } from '@beehive/shared/api'
import type { Query } from './paged'

/** What the reader narrowed the lists to; kept while the app is open. */
export interface Narrow {
  list: ListKind
  open: boolean
  mine: boolean
  toMe: boolean
  overdue: boolean
  attention: boolean
  kind: RecordKind | null
  path: Path | null
  building: PlaceId | null
  order: ListOrder
}

export const everything = (): Narrow => ({
  list: 'demand',
  open: true,
  mine: false,
  toMe: false,
  overdue: false,
  attention: false,
  kind: null,
  path: null,
  building: null,
  order: 'usual',
})

/** The question to the engine. */
export function toQuery(narrow: Narrow, words: string): Query {
  const filter: ListFilter = {}
  if (narrow.kind) filter.kind = narrow.kind
  if (narrow.path) filter.path = narrow.path
  if (narrow.building) filter.building = narrow.building
  if (narrow.open) filter.open = true
  if (narrow.mine) filter.mine = true
  if (narrow.toMe) filter.to_me = true
  if (narrow.overdue) filter.overdue = true
  if (narrow.attention) filter.attention = true
  if (words) filter.words = words
  return { list: narrow.list, filter, order: narrow.order }
}

/** Whether anything is left out. */
export const isNarrowed = (query: Query) => Object.keys(query.filter).length > 0

/** How many of the choices that lie behind "more" are made: they must not be forgotten there. */
export const hiddenChoices = (n: Narrow) => [n.kind, n.path, n.building, n.order === 'usual' ? null : n.order].filter(Boolean).length

/** What a list holds in all, before the reader narrows it. */
export function inList(list: ListKind, counts: CountsView | null): number | null {
  if (!counts) return null
  return list === 'responsibility' ? counts.responsibility : counts.open
}
