import type { ListFilter, ListKind, ListOrder, RowView } from '@beehive/shared/api'
import { ref, shallowRef, triggerRef, watch, type Ref } from 'vue'
import { troubleOf, type Trouble } from '@/app/load'
import { ask } from '@/backend'

export const PAGE = 100

export interface Query {
  list: ListKind
  filter: ListFilter
  order: ListOrder
}

/**
 * A list of which only the pages in sight are read. The rows shown stay until the first page of a new question is there, and
 * answers to an older question are dropped.
 */
export function usePaged(query: Ref<Query>) {
  const total = ref<number | null>(null)
  const pages = shallowRef(new Map<number, RowView[]>())
  const trouble = ref<Trouble | null>(null)
  let generation = 0
  let asked = new Set<number>()

  async function read(page: number, mine: number): Promise<RowView[] | null> {
    const { list, filter, order } = query.value
    const answer = await ask({ do: 'list', list, filter, order, offset: page * PAGE, limit: PAGE }, 'list')
    if (mine !== generation) return null
    total.value = answer.total
    trouble.value = null
    return answer.rows
  }

  async function fresh(keep: number[]): Promise<void> {
    const mine = ++generation
    const wanted = keep.length > 0 ? keep : [0]
    asked = new Set(wanted)
    try {
      const next = new Map<number, RowView[]>()
      for (const page of wanted) {
        const rows = await read(page, mine)
        if (!rows) return
        next.set(page, rows)
      }
      pages.value = next
    } catch (error) {
      if (mine === generation) trouble.value = troubleOf(error)
    }
  }

  /** Makes sure that the rows from first to last are being read. */
  function see(first: number, last: number): void {
    const mine = generation
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      if (asked.has(page)) continue
      asked.add(page)
      read(page, mine)
        .then((rows) => {
          if (!rows) return
          pages.value.set(page, rows)
          triggerRef(pages)
        })
        .catch(() => asked.delete(page))
    }
  }

  watch(query, () => void fresh([]), { immediate: true })

  return {
    total,
    trouble,
    see,
    row: (index: number): RowView | undefined => pages.value.get(Math.floor(index / PAGE))?.[index % PAGE],
    /** Reads what is in sight again, e.g. because something changed. */
    again: (first: number, last: number): Promise<void> => {
      const keep: number[] = []
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) keep.push(page)
      return fresh(keep)
    },
  }
}
