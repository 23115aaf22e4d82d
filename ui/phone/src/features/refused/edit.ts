import type { NewPhoto, Place, RefusedForm, RefusedView } from '@beehive/shared/api'
import { ask } from '@/backend'
import { DRAFT, PHOTOS, type KeptForm } from '@/features/record/form'

/** A draft stands in the form already; it is not to be written over. */
export class DraftInTheWay extends Error {}

/** What was refused, as the form keeps it. */
export function toKept(form: RefusedForm, entry: number, photoKey: string): KeptForm {
  let place: Place = {}
  try {
    if (form.place) place = JSON.parse(form.place) as Place
  } catch {
    place = { t: form.place }
  }
  return {
    kind: form.kind,
    category: form.category,
    place,
    grid: form.grid ?? '',
    words: [form.title, form.detail].filter(Boolean).join('\n'),
    asker: form.asker,
    urgency: form.urgency || 'normal',
    done: form.done !== undefined,
    how: form.done ?? '',
    photos: photoKey,
    replaces: entry,
  }
}

/** Puts a refused record back into the form, photos too; saving it there ends the refused entry. */
export async function beginAgain(entry: RefusedView): Promise<void> {
  if (!entry.form) return
  const { draft } = await ask({ do: 'draft', id: DRAFT }, 'draft')
  if (draft) throw new DraftInTheWay()
  // They are on this phone still, by their names: the same photos, not copies of them.
  const photos: NewPhoto[] = entry.form.photos.map((hash) => ({ hash }))
  const key = photos.length > 0 ? `refused${entry.entry}` : ''
  if (key) await ask({ do: 'save_draft', id: PHOTOS, body: { key, photos } }, 'draft')
  await ask({ do: 'save_draft', id: DRAFT, body: toKept(entry.form, entry.entry, key) }, 'draft')
}
