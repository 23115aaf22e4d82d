import { ask } from '@/backend'

interface Connection extends EventTarget {
  type?: string
  saveData?: boolean
}

/** Whether bytes cost money, as far as the phone's browser knows; undefined where it does not say. */
export function isMetered(connection: Connection | undefined): boolean | undefined {
  if (connection?.saveData) return true
  if (!connection?.type || connection.type === 'unknown') return undefined
  return connection.type === 'cellular' || connection.type === 'wimax'
}

/** Tells the engine what kind of network there is, now and whenever it changes: it decides whether photos go. */
export function startNetwork(): void {
  const { connection } = navigator as Navigator & { connection?: Connection }
  const tell = () => {
    const metered = isMetered(connection)
    if (metered !== undefined) void ask({ do: 'network', metered }, 'status').catch(() => undefined)
  }
  connection?.addEventListener('change', tell)
  tell()
}
