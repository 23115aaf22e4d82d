import type { BuildingView, Place } from '@beehive/shared/api'
import type { Words } from '@beehive/shared/words'

export const isNowhere = (place: Place) => !place.b && !place.u && !place.r && !place.t

/** As people say it: 3 栋 1 单元 402 门口. */
export function placeWords(place: Place, buildings: readonly BuildingView[], w: Words): string {
  const building = buildings.find((b) => b.id === place.b)?.name ?? place.b
  return [building, place.u ? w.place.unitName(place.u) : '', place.r, place.t].filter(Boolean).join(' ')
}

/** A stored place; words that are not one of ours are kept as words. */
export function readPlace(value: string): Place {
  try {
    const parsed: unknown = JSON.parse(value)
    if (parsed !== null && typeof parsed === 'object') return parsed as Place
  } catch {
    // Plain words.
  }
  return value ? { t: value } : {}
}

export function writePlace(place: Place): string {
  const { b, u, r, t } = place
  return JSON.stringify({ b: b || undefined, u: u || undefined, r: r || undefined, t: t || undefined })
}
