import type { NewPhoto, Place, RecordKind, Request } from '@beehive/shared/api'
import { computed, reactive, ref } from 'vue'
import { useDraft } from '@/app/draft'
import { me } from '@/app/me'
import { ask } from '@/backend'
import { splitWords } from './title'

export const DRAFT = 'record'
export const PHOTOS = 'record:photos'
const LAST = 'record:last'

export interface Form {
  kind: RecordKind
  category: string
  place: Place
  /** The micro-grid, for what names no building; empty while nobody has said. It is never filled in by itself. */
  grid: string
  words: string
  asker: string
  urgency: string
  done: boolean
  how: string
}

export interface KeptForm extends Form {
  /** Ties the photos, kept apart because they are large, to the words they belong to. */
  photos: string
  /** The refused entry that this is written again for. */
  replaces?: number
}

/** What is filled in by itself next time. It names a place, so it lives in the engine's store like everything else. */
interface Last {
  kind: RecordKind
  categories: Partial<Record<RecordKind, string>>
  place: Place
}

export function toRequest(form: Form, photos: NewPhoto[]): Extract<Request, { do: 'record' }> {
  const { title, detail } = splitWords(form.words)
  return {
    do: 'record',
    kind: form.kind,
    title,
    detail,
    category: form.category,
    building: form.place.b,
    unit: form.place.u,
    door: form.place.r,
    place_text: form.place.t,
    // A building says where by itself.
    grid: form.place.b ? undefined : form.grid || undefined,
    urgency: form.urgency,
    asker: form.kind === 'request' ? form.asker.trim() : '',
    resolved_note: form.done ? form.how.trim() : undefined,
    photos,
    draft: DRAFT,
  }
}

/** Everything that was written, as one note. */
export function joinNote(form: Pick<Form, 'words' | 'done' | 'how'>): string {
  return [form.words, form.done ? form.how : ''].map((t) => t.trim()).filter(Boolean).join('\n')
}

export function useRecordForm() {
  // A building leader hands in what residents ask; everybody else finds things on their round.
  const kind: RecordKind = (me.value?.buildings.length ?? 0) > 0 ? 'request' : 'finding'
  const form = reactive<Form>({ kind, category: '', place: {}, grid: '', words: '', asker: '', urgency: 'normal', done: false, how: '' })
  const photos = ref<NewPhoto[]>([])
  const photoKey = ref('')
  const replaces = ref<number>()
  const last = reactive<Last>({ kind, categories: {}, place: {} })

  const worthKeeping = computed(() => [form.words, form.how, form.asker].some((t) => t.trim()) || photos.value.length > 0)
  const words = useDraft<KeptForm>(DRAFT, {
    body: () => (worthKeeping.value ? { ...form, place: { ...form.place }, photos: photoKey.value, replaces: replaces.value } : null),
    restore: (kept) => {
      const { photos: key, replaces: entry, ...rest } = kept
      replaces.value = entry
      Object.assign(form, rest)
      photoKey.value = key
    },
  })

  const ready = (async () => {
    const [kept, pictures] = await Promise.all([readDraft<Partial<Last>>(LAST), readDraft<{ key: string; photos: NewPhoto[] }>(PHOTOS)])
    await words.ready
    Object.assign(last, kept)
    if (!worthKeeping.value && !photoKey.value) fillFromLast()
    // Photos of a record that was saved meanwhile belong to nothing any more.
    if (pictures && pictures.key === photoKey.value && photoKey.value) photos.value = pictures.photos
    else if (pictures) void ask({ do: 'drop_draft', id: PHOTOS }, 'draft').catch(() => undefined)
  })()

  function fillFromLast() {
    form.kind = last.kind
    form.category = last.categories[last.kind] ?? ''
    form.place = { ...last.place }
  }

  /** Another kind brings its own last category: the dictionaries differ. */
  function chooseKind(kind: RecordKind) {
    last.categories[form.kind] = form.category
    form.kind = kind
    form.category = last.categories[kind] ?? ''
  }

  function setPhotos(next: NewPhoto[]) {
    photos.value = next
    if (!photoKey.value) photoKey.value = `${Date.now().toString(36)}${Math.floor(performance.now()).toString(36)}`
    const request: Request =
      next.length > 0
        ? { do: 'save_draft', id: PHOTOS, body: { key: photoKey.value, photos: next } }
        : { do: 'drop_draft', id: PHOTOS }
    void ask(request, 'draft').catch(() => undefined)
  }

  async function save(): Promise<string> {
    // No draft may arrive after the record that ends it.
    await words.stop()
    try {
      const { id } = await ask(toRequest(form, photos.value), 'recorded')
      const next: Last = { kind: form.kind, categories: { ...last.categories, [form.kind]: form.category }, place: { ...form.place } }
      void ask({ do: 'save_draft', id: LAST, body: next }, 'draft').catch(() => undefined)
      if (photos.value.length > 0) void ask({ do: 'drop_draft', id: PHOTOS }, 'draft').catch(() => undefined)
      // Written again, the refused one needs nobody any more.
      if (replaces.value !== undefined) await ask({ do: 'dismiss_refused', entry: replaces.value }, 'refused').catch(() => undefined)
      return id
    } catch (error) {
      words.resume()
      throw error
    }
  }

  /** What was written and photographed goes to a matter that is there already; nothing new is recorded. */
  async function join(id: string, again: boolean): Promise<void> {
    await words.stop()
    try {
      await ask({ do: 'join', id, again, note: joinNote(form), asker: form.asker.trim(), photos: photos.value, draft: DRAFT }, 'matter')
      if (photos.value.length > 0) void ask({ do: 'drop_draft', id: PHOTOS }, 'draft').catch(() => undefined)
    } catch (error) {
      words.resume()
      throw error
    }
  }

  function clear() {
    Object.assign(form, { grid: '', words: '', asker: '', urgency: 'normal', done: false, how: '' })
    setPhotos([])
    photoKey.value = ''
    replaces.value = undefined
  }

  return { form, photos, ready, saved: words.saved, worthKeeping, chooseKind, setPhotos, save, join, clear }
}

async function readDraft<T>(id: string): Promise<T | undefined> {
  try {
    return (await ask({ do: 'draft', id }, 'draft')).draft?.body as T | undefined
  } catch {
    return undefined
  }
}
