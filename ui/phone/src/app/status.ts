import type { Event, StatusView } from '@beehive/shared/api'
import { ref, shallowRef } from 'vue'
import { ask, backend } from '../backend'
import { AutoSync } from './autosync'

export const status = shallowRef<StatusView | null>(null)
/** Counts the engine's "something changed"; screens watch it and ask again. */
export const changes = ref(0)

export async function refreshStatus(): Promise<void> {
  try {
    status.value = (await ask({ do: 'status' }, 'status')).status
  } catch {
    // The strip keeps what it last knew; the screen that asked for something says what is wrong.
  }
}

/** One exchange now. Throws what the engine says, for the one place where a person pressed a button. */
export async function sendNow(): Promise<void> {
  try {
    await ask({ do: 'sync' }, 'synced')
  } finally {
    await refreshStatus()
  }
}

export const autoSync = new AutoSync({
  // Without signal is the normal case: only the strip tells of it.
  run: () => sendNow().catch(() => undefined),
  unsent: () => (status.value?.unsent ?? 0) > 0,
  enabled: () => {
    const s = status.value
    return s !== null && s.connection !== 'not_enrolled' && s.connection !== 'revoked'
  },
})

function onEvent(event: Event): void {
  if (event.ev === 'status') status.value = event.status
  else {
    changes.value += 1
    void refreshStatus()
  }
}

export async function startStatus(): Promise<void> {
  backend().onEvent(onEvent)
  await refreshStatus()
  autoSync.start(window, document)
}

export async function cutLink(cut: boolean): Promise<void> {
  try {
    status.value = (await ask({ do: 'cut_link', cut }, 'status')).status
  } catch {
    await refreshStatus()
  }
  if (!cut) autoSync.now()
}
