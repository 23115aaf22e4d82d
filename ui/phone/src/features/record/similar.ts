import type { RowView } from '@beehive/shared/api'

// Signs that join words and tell nothing by themselves.
const JOINING = /[\s\p{P}\p{S}的了把在有被是很还又也都和跟与个一这那里就不没来去到说要我你他她它们吗呢啊吧]+/u
const MOST = 8

/** The pairs of signs that tell most of what is being written, for asking whether it was recorded before. */
export function tellingPairs(text: string): string[] {
  const pairs = new Set<string>()
  for (const piece of text.split(JOINING)) {
    const signs = [...piece]
    for (let i = 0; i + 1 < signs.length; i++) pairs.add(`${signs[i]}${signs[i + 1]}`)
  }
  return [...pairs].slice(-MOST)
}

/** The few that share most: two pairs, or one and the same place. */
export function mostSimilar(answers: readonly (readonly RowView[])[], place: string, most = 2): RowView[] {
  const hits = new Map<string, { row: RowView; points: number }>()
  for (const rows of answers) {
    for (const row of rows) {
      const hit = hits.get(row.id) ?? { row, points: place && row.place.startsWith(place) ? 1 : 0 }
      hit.points += 1
      hits.set(row.id, hit)
    }
  }
  return [...hits.values()]
    .filter((hit) => hit.points >= 2)
    .sort((a, b) => b.points - a.points || b.row.created_at - a.row.created_at)
    .slice(0, most)
    .map((hit) => hit.row)
}
