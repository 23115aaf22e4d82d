import type { Event, Request, Response } from '@beehive/shared/api'
import { NoAnswer, type Backend } from './backend'

/** Browsers refuse a longer body for a request that is to outlive its page. */
const KEEPALIVE_LIMIT = 60_000

/** The loopback host: the same engine behind a port of this machine, guarded by a token that only its own page knows. */
export function httpBackend(token: string, base = '.'): Backend {
  return {
    async call(request: Request): Promise<Response> {
      const body = JSON.stringify(request)
      let answer: globalThis.Response
      try {
        answer = await fetch(`${base}/api`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-beehive-token': token },
          body,
          // A draft is flushed while the page goes away; without this the browser would drop it.
          keepalive: request.do === 'save_draft' && body.length < KEEPALIVE_LIMIT,
        })
      } catch (cause) {
        throw new NoAnswer('unreachable', cause)
      }
      if (answer.status === 401) throw new NoAnswer('token')
      if (!answer.ok) throw new NoAnswer('unreachable')
      return (await answer.json()) as Response
    },

    onEvent(listener) {
      const source = new EventSource(`${base}/api/events?token=${encodeURIComponent(token)}`)
      let opened = false
      source.onopen = () => {
        // Whatever was said while the line was down is lost: read everything again.
        if (opened) listener({ ev: 'changed' })
        opened = true
      }
      source.onmessage = (message) => {
        try {
          listener(JSON.parse(message.data as string) as Event)
        } catch {
          // A notice of a newer engine: the next one that is understood catches up.
        }
      }
      return () => source.close()
    },
  }
}
