import type { StatusView } from '@beehive/shared/api'
import type { Words } from '@beehive/shared/words'

/** So long without being sent is no longer a matter of waiting for signal. */
export const LONG_DAYS = 3

/** How many whole days the oldest unsent change waits. */
export function daysWaiting(status: StatusView, now: Date): number {
  if (status.oldest_unsent === undefined) return 0
  return Math.max(0, Math.floor((now.getTime() / 1000 - status.oldest_unsent) / 86_400))
}

/** Why a file is offered, one sentence each; empty = it is not. */
export function reasons(status: StatusView, now: Date, w: Words): string[] {
  const days = daysWaiting(status, now)
  const out: string[] = []
  if (status.unsent > 0 && days >= LONG_DAYS) out.push(w.rescue.waiting(status.unsent, days))
  if (status.refused > 0) out.push(w.rescue.refused(status.refused))
  if (status.held > 0 && out.length > 0) out.push(w.rescue.held(status.held))
  return out
}
