import type { BuildingView, Place, PlaceId } from '@beehive/shared/api'
import type { Words } from '@beehive/shared/words'

export const isNowhere = (place: Place) => !place.b && !place.u && !place.r && !place.t

/** As people say it: 3 栋 1 单元 402 门口. Among the buildings may be those that are gone: a code is never shown. */
export function placeWords(place: Place, buildings: readonly { id: PlaceId; name: string }[], w: Words): string {
  const building = place.b && (buildings.find((b) => b.id === place.b)?.name ?? w.place.unknownBuilding)
  return [building, place.u ? w.place.unitName(place.u) : '', place.r, place.t].filter(Boolean).join(' ')
}

/** Whether a place names a building that is not offered (any more), so that it must be chosen anew. Without a list nobody knows. */
export const isGone = (place: Place, buildings: readonly BuildingView[]) =>
  !!place.b && buildings.length > 0 && !buildings.some((b) => b.id === place.b)

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

/** How many doors a floor has, if every floor has the same few; 0 otherwise. */
export function doorsPerFloor(doors: readonly string[]): number {
  const floors = new Map<string, number>()
  for (const door of doors) {
    const floor = door.slice(0, -2)
    floors.set(floor, (floors.get(floor) ?? 0) + 1)
  }
  const [first = 0, ...rest] = floors.values()
  return first <= 4 && rest.every((n) => n === first) ? first : 0
}
