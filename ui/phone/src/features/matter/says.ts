import type { AskingView, EventBody, MatterView, NeedsEyesView, TimelineView } from '@beehive/shared/api'
import { dateWord } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

/** What a line of the timeline cannot say by itself. */
export interface Telling {
  selfResolved?: boolean
  /** The questions whether it helped, each as the reader reads it. */
  questions?: Record<string, string>
}

/** The questions of a matter in the reader's language, by code. */
export function questions(askings: readonly AskingView[], language: string): Record<string, string> {
  return Object.fromEntries(askings.map((a) => [a.code, language === 'en' ? a.en : a.zh]))
}

/** One line of the timeline in words. */
export function eventSays(line: TimelineView, now: Date, w: Words, telling: Telling = {}): string {
  const e = line.event
  const v = w.events
  if (line.what === 'created') return telling.selfResolved ? v.createdDone : v.created
  if (!e) return v.unknown
  const note = 'note' in e ? (e.note ?? '') : ''
  const date = (at: number | undefined) => (at ? dateWord(at, now, w) : '')
  const what = (): string => {
    switch (e.t) {
      case 'accept':
        return v.accept(w.paths[e.path])
      case 'assign':
        return v.assign(line.to || v.someone, e.due === undefined ? '' : w.lists.by(date(e.due)))
      case 'promise':
        return v.promise(date(e.due))
      case 'extend':
        return v.extend(date(e.until))
      case 'suspend':
        return v.suspend(date(e.until))
      case 'coordinate': {
        const parties = (e.parties ?? []).map((p) => v.party(p.name, p.promise ?? ''))
        return [v.coordinate(e.agreed), ...(parties.length > 0 ? [w.list2(parties)] : [])].join(w.strip.comma)
      }
      case 'hand_up':
        return v.hand_up(w.matter.outsideNumber(e.to, e.number ?? ''))
      case 'join':
        return v.join(e.asker ?? '')
      case 'effect':
        return v.effect(telling.questions?.[e.asking] ?? '', w.helped[e.helped])
      case 'attach':
        return e.media.startsWith('audio/') ? v.attachSound : v.attach
      default:
        return v[e.t]
    }
  }
  if (e.t === 'step') return note || v.step
  return v.withNote(what(), note)
}

/** What one side of a disagreement said, short enough to stand beside a button. */
export function sideSays(line: TimelineView, now: Date, w: Words): string {
  return eventSays(line, now, w)
}

const GOOD = new Set(['step', 'resolve', 'close', 'accept_assignment', 'promise', 'answered'])
const BACK = new Set(['reopen', 'dispute', 'return', 'decline', 'decline_assignment'])

/** Green for what went well, red for what came back, honey for the rest; the words say the same. */
export function eventTone(line: TimelineView): 'good' | 'back' | 'plain' {
  if (line.event?.t === 'effect') return line.event.helped === 'no' ? 'back' : 'good'
  if (line.event?.t === 'coordinate') return line.event.agreed ? 'good' : 'plain'
  if (GOOD.has(line.what)) return 'good'
  return BACK.has(line.what) ? 'back' : 'plain'
}

export interface Next {
  sentence: string
  hint: string
}

/** Who does what by when, in one sentence. */
export function whatNext(matter: MatterView, reader: string | undefined, now: Date, w: Words): Next {
  const { row, offers, waiting_for: waiting, life } = matter
  const m = w.matter
  const may = (action: string) => offers.some((o) => o.action === action)
  const turn = (action: string) => offers.some((o) => o.action === action && o.primary)
  const others = w.list2(waiting.length > 0 ? waiting : [m.lead])
  const first = life.deadlines[0]
  const byWhen = (): string => {
    if (!first) return row.due === undefined ? m.nextNoDate : ''
    const date = dateWord(first.at, now, w)
    const what = m.dueWhats[first.what]
    return first.at * 1000 < now.getTime() ? m.duePast(date, what) : m.dueLine(date, what)
  }
  const say = (sentence: string, hint = '') => ({ sentence, hint })

  if (row.conflict || row.needs_eyes.length > 0) return say(m.nextSettle)
  switch (row.status) {
    case 'reported':
      return say(may('accept') ? m.nextReportedMe : m.nextReported(others), byWhen())
    case 'returned':
      return say(turn('supplement') ? m.nextReturnedMe : m.nextReturned(others))
    case 'suspended':
      return say(
        life.suspended_until === undefined ? m.nextSuspended : m.nextSuspendedUntil(dateWord(life.suspended_until, now, w)),
      )
    case 'disputed':
      return say(turn('close') ? m.nextDisputedMe : m.nextDisputed(others))
    case 'accepted':
    case 'working':
      return say(underWay(matter, reader, others, w), byWhen())
    case 'resolved': {
      const hint = life.helped ? m.nextHelped(w.helped[life.helped]) : may('reopen') ? m.nextResolvedHint : ''
      return say(turn('effect') ? m.nextResolvedMe : m.nextResolved, hint)
    }
    case 'closed':
      return say(m.nextClosed, life.helped ? m.nextHelped(w.helped[life.helped]) : '')
    case 'declined':
      return say(m.nextDeclined)
    case 'merged':
      return say(m.nextMerged(life.merged_title))
    case 'withdrawn':
      return say(m.nextWithdrawn)
  }
}

/** Meetings in vain after which another way is due; as in the rules of whose turn it is. */
const MANY_MEETINGS = 2

function underWay(matter: MatterView, reader: string | undefined, others: string, w: Words): string {
  const { row, offers, life } = matter
  const m = w.matter
  const may = (action: string) => offers.some((o) => o.action === action)
  // By id: two people may have one name.
  const mine = reader !== undefined && matter.assignees.includes(reader)
  if (row.path === 'track') {
    if (!life.outside) return may('hand_up') ? m.nextHandUpMe : m.nextHandUp(others)
    if (!life.outside.answered) return m.nextOutside(life.outside.to)
    if (!row.assignee) return m.nextBack
  }
  if (row.path === 'coordinate' && life.failed_meetings >= MANY_MEETINGS) return may('accept') ? m.nextFailedMe : m.nextFailed(others)
  if (!row.assignee) return may('assign') ? m.nextAcceptedMe : m.nextAccepted(others)
  if (life.assignment?.answer === 'declined') return m.nextDeclinedAssignment(life.assignment.to)
  if (life.assignment?.answer === 'pending' && row.status === 'accepted') {
    return life.assignment.mine ? m.nextAnswerMe : m.nextAnswer(life.assignment.to)
  }
  if (row.path === 'coordinate' && life.deadlines.some((d) => d.what === 'meet')) return m.nextMeet(mine ? w.you : row.assignee)
  return mine ? m.nextMe : m.nextOther(row.assignee)
}

export interface Side {
  line: TimelineView
  /** Whether choosing this side is one and the same action said again. */
  choosable: boolean
}

/** Sides that are chosen by saying the same thing once more, now knowing of the other. */
export function saidAgain(event: EventBody | undefined): EventBody | null {
  switch (event?.t) {
    case 'accept':
    case 'assign':
      return { ...event, note: '' }
    case 'extend':
      return event
    default:
      return null
  }
}

/** The lines that cannot both hold, oldest first, each with whether the reader can simply choose it. */
export function sides(eyes: NeedsEyesView, timeline: readonly TimelineView[]): Side[] {
  return timeline
    .filter((line) => eyes.events.includes(line.id))
    .sort((a, b) => a.at - b.at)
    .map((line) => ({ line, choosable: saidAgain(line.event) !== null && eyes.settle_by.includes(line.event?.t ?? '') }))
}

/** The ways to settle that need a word of their own, e.g. open it again. */
export function otherWays(eyes: NeedsEyesView, timeline: readonly TimelineView[]): string[] {
  const direct = new Set(sides(eyes, timeline).flatMap((s) => (s.choosable && s.line.event ? [s.line.event.t as string] : [])))
  return eyes.settle_by.filter((action) => !direct.has(action))
}
