import type { GridView, NodeId, Place, RecordKind } from '@beehive/shared/api'

/** The micro-grids that a record of a kind may be for; nothing needs to be asked if a building says where, or there is only one. */
export function gridsToAsk(grids: readonly GridView[], kind: RecordKind, place: Place): readonly GridView[] {
  if (place.b) return []
  const able = grids.filter((g) => g.kinds.includes(kind))
  return able.length > 1 ? able : []
}

/** What was chosen, as long as it can be. A grid that is not the reader's any more must be chosen anew. */
export function gridChosen(asked: readonly GridView[], grid: NodeId): GridView | undefined {
  return asked.find((g) => g.id === grid)
}
