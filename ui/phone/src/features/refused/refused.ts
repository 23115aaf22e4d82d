import type { RefusedView } from '@beehive/shared/api'
import { w } from '@beehive/shared/words'
import { useRouter } from 'vue-router'
import { troubleOf, type Trouble } from '@/app/load'
import { beginAgain, DraftInTheWay } from './edit'

/** What the buttons of a refused entry lead to, wherever its card is shown. */
export function useRefused(slip: (trouble: Trouble | null) => void) {
  const router = useRouter()
  return {
    async edit(entry: RefusedView): Promise<void> {
      try {
        await beginAgain(entry)
        slip(null)
        await router.push('/record')
      } catch (error) {
        const inTheWay = { code: 'draft_in_the_way', message: w.value.refused.draftFirst, hint: w.value.refused.draftFirstHint }
        slip(error instanceof DraftInTheWay ? inTheWay : troubleOf(error))
      }
    },
    toExport: () => router.push('/me'),
  }
}
