import type { AskingView, EventBody, Helped, MatterView, MemberView, NewPhoto, Path } from '@beehive/shared/api'
import { withPair, type PairChoice } from '@/features/evidence/pair'
import { endOfDay } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

export type Due = 'none' | 'today' | 'tomorrow' | 'three' | 'week'
const DAYS: Record<Exclude<Due, 'none'>, number> = { today: 0, tomorrow: 1, three: 3, week: 7 }

export interface PartyState {
  name: string
  promise: string
}

/** Everything any action's form can hold; each action uses its part. */
export interface ActionState {
  path: Path | ''
  to: string
  help: string[]
  due: Due
  note: string
  parties: PartyState[]
  agreed: 'yes' | 'no' | ''
  department: string
  number: string
  asking: string
  helped: Helped | ''
  into: string
  /** Photos and voice notes, by their hashes: the engine has kept their bytes already. */
  photos: NewPhoto[]
  pair: PairChoice
}

export const emptyState = (): ActionState => ({
  path: '',
  to: '',
  help: [],
  due: 'none',
  note: '',
  parties: [],
  agreed: '',
  department: '',
  number: '',
  asking: '',
  helped: '',
  into: '',
  photos: [],
  pair: '',
})

/** Whether anything was said that is worth keeping as a draft. */
export function isWorthKeeping(state: ActionState): boolean {
  const said = [state.path, state.to, state.note.trim(), state.agreed, state.department, state.number, state.helped, state.into]
  return said.some(Boolean) || state.parties.some((p) => p.name || p.promise) || state.photos.length > 0
}

/** Who works where the matter is comes first; the engine has the last word on who may be named. */
export function nearFirst(members: readonly MemberView[], scope: string): MemberView[] {
  const near = (m: MemberView) => (m.nodes.includes(scope) ? 0 : 1)
  return [...members].sort((a, b) => near(a) - near(b))
}

const NEEDS_NOTE = new Set([
  'step',
  'reopen',
  'return',
  'supplement',
  'decline',
  'decline_assignment',
  'extend',
  'suspend',
  'hand_up',
  'answered',
  'contact',
  'dispute',
  'unmerge',
  'join',
])
/** What a photo can show: something seen, done, answered or agreed. */
const SHOWS = new Set(['step', 'resolve', 'supplement', 'coordinate', 'hand_up', 'answered', 'effect', 'dispute', 'reopen', 'join'])

/** Whether photos may go with this action; who may add none to the matter is not asked for any. */
export function takesPhotos(action: string, matter: MatterView): boolean {
  return SHOWS.has(action) && matter.offers.some((o) => o.action === 'attach')
}

/** What is done shows how it looks afterwards, unless somebody says otherwise. */
export const usualPair = (action: string): PairChoice => (action === 'resolve' ? 'after' : 'none')

/** The photos of a form as they travel with its event. */
export const photosOf = (action: string, state: ActionState): NewPhoto[] => withPair(state.photos, state.pair || usualPair(action))

/** Actions that ask for a day. */
export const ASKS_DAY = new Set(['assign', 'promise', 'suspend', 'contact'])

/** What is asked of the reader before this action can be done. */
export function asksNote(action: string, state?: Pick<ActionState, 'helped'>, matter?: MatterView): boolean {
  if (action === 'effect') return state?.helped === 'no'
  // A path changes only for a reason.
  if (action === 'accept') return matter?.row.path !== undefined && !matter.row.needs_eyes.includes('two_paths')
  // Closed without anybody having been asked, or against an objection: only for a reason.
  if (action === 'close') return matter?.row.status === 'disputed' || matter?.life.helped === undefined
  return NEEDS_NOTE.has(action)
}

/** The questions that can be answered now: the reader's own first. */
export function openAskings(matter: MatterView, now: Date): AskingView[] {
  const open = matter.life.askings.filter((a) => a.answer === undefined)
  const due = open.filter((a) => a.mine && a.at * 1000 <= now.getTime())
  return due.length > 0 ? due : open
}

/** The event as the engine takes it, or the sentence that says what is missing. */
export function toEvent(
  action: string,
  state: ActionState,
  now: Date,
  w: Words,
  matter?: MatterView,
): { event: EventBody } | { missing: string } {
  const note = state.note.trim()
  const pick = { missing: w.act.pickFirst }
  const missing = asksNote(action, state, matter) && !note ? { missing: w.act.noteNeeded } : null
  const day = () => (state.due === 'none' ? undefined : endOfDay(now, DAYS[state.due]))
  const made = (event: EventBody) => missing ?? { event }
  switch (action) {
    case 'accept':
      return state.path ? made({ t: 'accept', path: state.path, note }) : pick
    case 'assign': {
      if (!state.to) return pick
      const due = day()
      const event: EventBody = { t: 'assign', to: state.to, help: state.help.filter((m) => m !== state.to), note }
      return { event: due === undefined ? event : { ...event, due } }
    }
    case 'promise': {
      const due = day()
      return due === undefined ? pick : { event: { t: 'promise', due, note } }
    }
    // The engine puts in the date that the street's rules give.
    case 'extend':
      return made({ t: 'extend', until: 0, note })
    case 'suspend': {
      const until = day()
      return made(until === undefined ? { t: 'suspend', note } : { t: 'suspend', until, note })
    }
    case 'coordinate': {
      if (!state.agreed) return pick
      const parties = state.parties.map((p) => ({ name: p.name.trim(), promise: p.promise.trim() })).filter((p) => p.name)
      return { event: { t: 'coordinate', at: 0, parties, agreed: state.agreed === 'yes', note } }
    }
    case 'hand_up': {
      const to = state.department.trim()
      return to ? made({ t: 'hand_up', to, number: state.number.trim(), note }) : { missing: w.act.hand_up }
    }
    case 'answered':
      return made({ t: 'answered', number: state.number.trim(), note })
    case 'contact': {
      const next = day()
      return made(next === undefined ? { t: 'contact', note } : { t: 'contact', next, note })
    }
    case 'effect':
      return state.helped && state.asking ? made({ t: 'effect', asking: state.asking, helped: state.helped, note }) : pick
    case 'merge':
      return state.into ? { event: { t: 'merge', into: state.into, note } } : pick
    case 'resolve':
    case 'withdraw':
    case 'accept_assignment':
    case 'resume':
    case 'urge':
    case 'step':
    case 'reopen':
    case 'return':
    case 'supplement':
    case 'decline':
    case 'decline_assignment':
    case 'close':
    case 'dispute':
    case 'unmerge':
    case 'join':
      return made({ t: action, note })
    default:
      return { missing: w.errors.unexpected }
  }
}
