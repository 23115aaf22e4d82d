import type { Event, Request, Response } from '@beehive/shared/api'
import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import { NoAnswer, type Backend } from './backend'

export function tauriBackend(): Backend {
  return {
    async call(request: Request): Promise<Response> {
      try {
        return await invoke<Response>('call', { request })
      } catch (cause) {
        throw new NoAnswer('unreachable', cause)
      }
    },
    onEvent(listener) {
      const stop = listen<Event>('beehive://event', (e) => listener(e.payload))
      return () => void stop.then((off) => off())
    },
  }
}
