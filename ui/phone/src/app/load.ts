import { w } from '@beehive/shared/words'
import { onActivated, onDeactivated, onMounted, ref, watch, type Ref } from 'vue'
import { NoAnswer, RefusedByEngine } from '../backend'
import { changes } from './status'

export interface Trouble {
  message: string
  hint: string
  code: string
}

/** Whatever went wrong, as a person is told it. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof RefusedByEngine) return { message: error.message, hint: error.hint, code: error.code }
  const e = w.value.errors
  if (error instanceof NoAnswer) {
    return error.why === 'token'
      ? { message: e.token, hint: e.tokenHint, code: 'token' }
      : { message: e.unreachable, hint: e.unreachableHint, code: 'unreachable' }
  }
  return { message: e.unexpected, hint: e.unexpectedHint, code: 'unexpected' }
}

/**
 * Reads for a screen, and again whenever the engine says that something changed. What is shown stays until the new answer is
 * there, so nothing flickers; a kept-alive screen that is not seen catches up when it is shown again.
 */
export function useLoad(read: () => Promise<void>): { trouble: Ref<Trouble | null>; reload: () => Promise<void> } {
  const trouble = ref<Trouble | null>(null)
  let seen = true
  let missed = false
  let latest = 0

  async function reload(): Promise<void> {
    const mine = ++latest
    try {
      await read()
      if (mine === latest) trouble.value = null
    } catch (error) {
      if (mine === latest) trouble.value = troubleOf(error)
    }
  }

  onMounted(reload)
  onActivated(() => {
    seen = true
    if (missed) void reload()
    missed = false
  })
  onDeactivated(() => {
    seen = false
  })
  watch(changes, () => {
    if (seen) void reload()
    else missed = true
  })
  return { trouble, reload }
}
