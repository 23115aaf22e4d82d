import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import { ask } from '../backend'
import { DraftSaver } from './draft-saver'

export interface DraftOptions<T extends object> {
  /** The state as it is kept; `null` when there is nothing worth keeping. */
  body: () => T | null
  /** Puts a kept state back on the screen. */
  restore: (body: T) => void
}

export interface DraftHandle {
  /** Whether what is on the screen is on the phone's disk. */
  saved: Ref<boolean>
  /** The kept state was looked for; from now on changes are kept. */
  ready: Promise<void>
  flush(): Promise<void>
  stop(): Promise<void>
  resume(): void
}

/** Keeps a form as a draft at every change and puts it back when the form is opened again. */
export function useDraft<T extends object>(id: string, { body, restore }: DraftOptions<T>): DraftHandle {
  const saved = ref(false)
  let had = false
  let watching = false
  let last = ''
  const saver = new DraftSaver<T | null>(async (state) => {
    if (state === null) await ask({ do: 'drop_draft', id }, 'draft')
    else await ask({ do: 'save_draft', id, body: state }, 'draft')
    had = state !== null
    saved.value = had
  })

  const ready = (async () => {
    try {
      const { draft } = await ask({ do: 'draft', id }, 'draft')
      if (draft && draft.body !== null && typeof draft.body === 'object') {
        restore(draft.body as T)
        had = saved.value = true
      }
    } catch {
      // No draft can be read: an empty form is still a form.
    }
    last = JSON.stringify(body())
    watching = true
  })()

  // Compared as text: a change back to what is kept already is none.
  watch(
    () => JSON.stringify(body()),
    (next) => {
      if (!watching || next === last) return
      last = next
      saved.value = false
      const state = JSON.parse(next) as T | null
      if (state !== null || had) saver.change(state)
    },
  )

  const flush = () => saver.flush()
  const onHide = () => void flush()
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') void flush()
  }
  onMounted(() => {
    window.addEventListener('pagehide', onHide)
    document.addEventListener('visibilitychange', onVisibility)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('pagehide', onHide)
    document.removeEventListener('visibilitychange', onVisibility)
    void flush()
  })
  return { saved, ready, flush, stop: () => saver.stop(), resume: () => saver.resume() }
}
