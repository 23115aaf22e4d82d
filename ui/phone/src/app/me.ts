import type { MeView, SettingsView } from '@beehive/shared/api'
import { setStreetClock } from '@beehive/shared/time'
import { setLanguage } from '@beehive/shared/words'
import { shallowRef } from 'vue'
import { ask } from '../backend'

export const me = shallowRef<MeView | null>(null)

function apply(settings: SettingsView): void {
  const root = document.documentElement
  if (settings.text_size === 'large') root.dataset.text = 'large'
  else delete root.dataset.text
  if (settings.theme === 'light' || settings.theme === 'dark') root.dataset.theme = settings.theme
  else delete root.dataset.theme
  root.lang = settings.language === 'en' ? 'en' : 'zh-CN'
  setLanguage(settings.language)
}

function take(next: MeView): void {
  me.value = next
  apply(next.settings)
  setStreetClock(next.utc_offset)
}

export async function refreshMe(): Promise<void> {
  take((await ask({ do: 'me' }, 'me')).me)
}

export async function configure(change: Partial<SettingsView>): Promise<void> {
  if (!me.value) return
  const settings = { ...me.value.settings, ...change }
  // Seen at once; the engine's answer only confirms it.
  take({ ...me.value, settings })
  take((await ask({ do: 'configure', settings }, 'me')).me)
}
