import type { MatterView, Request } from '@beehive/shared/api'
import { w } from '@beehive/shared/words'
import { ref, shallowRef } from 'vue'
import { say } from '@/app/banner'
import { troubleOf, useLoad, type Trouble } from '@/app/load'
import { autoSync, refreshStatus } from '@/app/status'
import { ask } from '@/backend'

/** One matter: reads it, does things to it, and says that they are kept. */
export function useMatter(id: string) {
  const matter = shallowRef<MatterView | null>(null)
  const { trouble, reload } = useLoad(async () => {
    matter.value = (await ask({ do: 'show', id }, 'matter')).matter
  })
  /** What went wrong with the last thing done, beside the page itself. */
  const slip = ref<Trouble | null>(null)

  /** Does something whose answer is the matter; throws what the engine says. */
  async function change(request: Extract<Request, { do: 'set' | 'act' | 'attach' }>): Promise<void> {
    matter.value = (await ask(request, 'matter')).matter
    slip.value = null
    await refreshStatus()
    say({ text: w.value.matter.done, matter: id })
    autoSync.soon()
  }

  /** The same for a single tap, which has no sheet of its own to show trouble in. */
  async function tap(request: Parameters<typeof change>[0]): Promise<void> {
    try {
      await change(request)
    } catch (error) {
      slip.value = troubleOf(error)
    }
  }

  async function refused(entry: number, way: 'retry_refused' | 'dismiss_refused'): Promise<void> {
    try {
      await ask({ do: way, entry }, 'refused')
      slip.value = null
      await Promise.all([reload(), refreshStatus()])
      if (way === 'retry_refused') autoSync.soon()
    } catch (error) {
      slip.value = troubleOf(error)
    }
  }

  return { matter, trouble, slip, reload, change, tap, refused }
}
