import type { BuildingView, RecordKind } from '@beehive/shared/api'
import { computed, watch } from 'vue'
import { choices } from '@/app/choices'
import { me } from '@/app/me'
import type { Form } from './form'

const ALL: RecordKind[] = ['demand', 'finding', 'request']

/**
 * What the reader may record, and where: what would be refused is not offered. A building leader reports hazards and hands in what
 * residents ask, in their own buildings.
 */
export function useLimits(form: Form, ready: Promise<unknown>, chooseKind: (kind: RecordKind) => void) {
  const kinds = computed(() => ALL.filter((k) => me.value?.records.includes(k) ?? true))
  const bound = computed(() => (me.value?.buildings.length ?? 0) > 0)
  const buildings = computed((): readonly BuildingView[] =>
    bound.value ? choices.value.buildings.filter((b) => me.value?.buildings.includes(b.id)) : choices.value.buildings,
  )
  const categories = computed(() => choices.value.categories)
  // Only after the draft is back: it may hold what another person of this phone chose.
  const fit = async () => {
    await ready
    const first = kinds.value.includes('request') && bound.value ? 'request' : kinds.value[0]
    if (first && !kinds.value.includes(form.kind)) chooseKind(first)
    // A word that is no longer in the dictionary is not offered, so it would go along unseen.
    if (categories.value.length > 0 && !categories.value.some((c) => c.code === form.category)) form.category = ''
    if (choices.value.past_buildings.some((b) => b.id === form.place.b)) {
      // What a draft names stays to be read; the page asks for another. Where the last record was is no reason to ask.
      if (!form.words.trim()) form.place = {}
      else return
    }
    if (!bound.value || buildings.value.some((b) => b.id === form.place.b)) return
    // One building is theirs: it is meant. Of several nobody can know which.
    const [own, ...more] = buildings.value
    if (own) form.place = more.length === 0 ? { b: own.id } : {}
  }
  watch([kinds, buildings, categories], () => void fit(), { immediate: true })
  return { kinds, buildings, bound }
}
