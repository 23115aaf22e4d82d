import type { MatterView, Request, SimilarView } from '@beehive/shared/api'
import { NOW } from './data'

const pairs = (text: string) => new Set([...text].slice(1).map((sign, i) => `${[...text][i]}${sign}`))

/** Roughly what the engine offers: open matters that share pairs of signs, and finished ones of the same category. */
export function similarIn(matters: Iterable<MatterView>, asked: Extract<Request, { do: 'similar' }>): SimilarView[] {
  const typed = pairs(asked.title)
  const all = [...matters].map((m) => ({ m, shared: [...pairs(m.row.title)].filter((p) => typed.has(p)).length }))
  const open = all
    .filter(({ m, shared }) => shared >= 2 && m.row.status !== 'resolved' && m.row.status !== 'withdrawn')
    .map(({ m, shared }): SimilarView => ({ row: m.row, near: 'unit', likeness: shared * 10 }))
  const done = all
    .filter(({ m, shared }) => shared >= 1 && m.row.status === 'resolved')
    .map(({ m, shared }): SimilarView => ({
      row: m.row,
      near: 'unit',
      likeness: shared * 10,
      done_days_ago: Math.floor((NOW - m.row.updated_at) / 86_400),
    }))
  return [...open, ...done].slice(0, 5)
}
