import type { Place, RecordKind, Request, SimilarView } from '@beehive/shared/api'
import { dayWord } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

/** What of the form decides whether a matter may be the same. */
export interface Typed {
  kind: RecordKind
  category: string
  place: Place
  words: string
}

/** Fewer signs say nothing yet. */
const LEAST = 2

/** The question to the engine; `null` while there is too little to ask about: neither words nor a place and a category. */
export function toQuestion(typed: Typed, split: { title: string; detail: string }): Extract<Request, { do: 'similar' }> | null {
  const { b, u, r } = typed.place
  if ([...split.title].length < LEAST && !(b && typed.category)) return null
  return { do: 'similar', kind: typed.kind, ...split, category: typed.category, building: b, unit: u, door: r }
}

/** What was said "no" to is not offered again while the form is open. */
export function stillOffered(rows: readonly SimilarView[], declined: ReadonlySet<string>): SimilarView[] {
  return rows.filter((s) => !declined.has(s.row.id))
}

/** The one line of an offer. */
export function offerSays(offer: SimilarView, now: Date, w: Words): string {
  if (offer.done_days_ago !== undefined) return w.similar.again(offer.done_days_ago)
  return w.similar.recorded(dayWord(offer.row.created_at, now, w), offer.row.title)
}

/** Where it stands and how near, for the line below. */
export function offerHint(offer: SimilarView, w: Words): string[] {
  const title = offer.done_days_ago === undefined ? '' : offer.row.title
  return [title, w.similar.near[offer.near], offer.row.place].filter(Boolean)
}

