import type { Answer } from '../backend'
import { ask } from '../backend'
import { shallowRef, watch } from 'vue'
import { changes } from './status'

export const choices = shallowRef<Omit<Answer<'choices'>, 'is'>>({ categories: [], buildings: [], past_buildings: [], grids: [], members: [] })
let wanted = false

async function read(): Promise<void> {
  choices.value = await ask({ do: 'choices' }, 'choices')
}

/** Reads the dictionaries once and keeps them fresh from then on. */
export function needChoices(): void {
  if (wanted) return
  wanted = true
  void read().catch(() => (wanted = false))
  watch(changes, () => void read().catch(() => undefined))
}
