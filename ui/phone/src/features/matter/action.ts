import type { EventBody, MemberView, Path } from '@beehive/shared/api'
import { endOfDay } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

export type Due = 'none' | 'today' | 'tomorrow' | 'three' | 'week'
const DAYS: Record<Exclude<Due, 'none'>, number> = { today: 0, tomorrow: 1, three: 3, week: 7 }

export interface ActionState {
  path: Path | ''
  to: string
  due: Due
  note: string
}

/** Who works where the matter is comes first; the engine has the last word on who may be named. */
export function nearFirst(members: readonly MemberView[], scope: string): MemberView[] {
  const near = (m: MemberView) => (m.nodes.includes(scope) ? 0 : 1)
  return [...members].sort((a, b) => near(a) - near(b))
}

/** What is asked of the reader before this action can be done. */
export const asksNote = (action: string) => action === 'step' || action === 'reopen' || action === 'join'

/** The event as the engine takes it, or the sentence that says what is missing. */
export function toEvent(action: string, state: ActionState, now: Date, w: Words): { event: EventBody } | { missing: string } {
  const note = state.note.trim()
  if (asksNote(action) && !note) return { missing: w.act.noteNeeded }
  switch (action) {
    case 'accept':
      return state.path ? { event: { t: 'accept', path: state.path, note } } : { missing: w.act.pickFirst }
    case 'assign': {
      if (!state.to) return { missing: w.act.pickFirst }
      const due = state.due === 'none' ? undefined : endOfDay(now, DAYS[state.due])
      return { event: { t: 'assign', to: state.to, help: [], due, note } }
    }
    case 'step':
    case 'resolve':
    case 'reopen':
    case 'withdraw':
    case 'join':
      return { event: { t: action, note } }
    default:
      return { missing: w.errors.unexpected }
  }
}
