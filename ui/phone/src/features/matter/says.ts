import type { MatterView, NeedsEyesView, TimelineView } from '@beehive/shared/api'
import { dateWord } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'

/** One line of the timeline in words. */
export function eventSays(line: TimelineView, now: Date, w: Words, selfResolved = false): string {
  const e = line.event
  const note = e && 'note' in e ? (e.note ?? '') : ''
  if (line.what === 'created') return selfResolved ? w.events.createdDone : w.events.created
  if (!e) return w.events.unknown
  switch (e.t) {
    case 'accept':
      return w.events.withNote(w.events.accept(w.paths[e.path]), note)
    case 'assign': {
      const by = e.due !== undefined ? w.lists.by(dateWord(e.due, now, w)) : ''
      return w.events.withNote(w.events.assign(line.to || w.events.someone, by), note)
    }
    case 'step':
      return note || w.events.step
    case 'join':
      return w.events.withNote(w.events.join(e.asker ?? ''), note)
    case 'resolve':
    case 'reopen':
    case 'withdraw':
    case 'attach':
      return w.events.withNote(w.events[e.t], note)
    default:
      return w.events.unknown
  }
}

/** What one side of a disagreement said, short enough to stand beside a button. */
export function sideSays(line: TimelineView, now: Date, w: Words): string {
  return eventSays(line, now, w)
}

/** Green for what went well, red for what came back, honey for the rest; the words say the same. */
export function eventTone(line: TimelineView): 'good' | 'back' | 'plain' {
  if (line.what === 'step' || line.what === 'resolve') return 'good'
  return line.what === 'reopen' ? 'back' : 'plain'
}

export interface Next {
  sentence: string
  hint: string
}

/** Who does what by when, in one sentence. */
export function whatNext(matter: MatterView, reader: string | undefined, now: Date, w: Words): Next {
  const { row, offers, waiting_for: waiting } = matter
  const m = w.matter
  const may = (action: string) => offers.some((o) => o.action === action)
  const others = w.list2(waiting.length > 0 ? waiting : [m.lead])
  const byWhen = () => {
    if (row.due === undefined) return m.nextNoDate
    const date = dateWord(row.due, now, w)
    return row.due * 1000 < now.getTime() ? m.nextLateSelf(date) : m.nextBy(date)
  }

  if (row.conflict || row.needs_eyes.length > 0) return { sentence: m.nextSettle, hint: '' }
  switch (row.status) {
    case 'reported':
      return { sentence: may('accept') ? m.nextReportedMe : m.nextReported(others), hint: '' }
    case 'accepted':
    case 'working': {
      if (!row.assignee) return { sentence: may('assign') ? m.nextAcceptedMe : m.nextAccepted(others), hint: '' }
      // By id: two people may have one name.
      const mine = reader !== undefined && matter.assignees.includes(reader)
      return { sentence: mine ? m.nextMe : m.nextOther(row.assignee), hint: byWhen() }
    }
    case 'resolved':
      return { sentence: m.nextResolved, hint: may('reopen') ? m.nextResolvedHint : '' }
    case 'withdrawn':
      return { sentence: m.nextWithdrawn, hint: '' }
  }
}

export interface Side {
  line: TimelineView
  /** Whether choosing this side is one and the same action said again. */
  choosable: boolean
}

/** The lines that cannot both hold, oldest first, each with whether the reader can simply choose it. */
export function sides(eyes: NeedsEyesView, timeline: readonly TimelineView[]): Side[] {
  return timeline
    .filter((line) => eyes.events.includes(line.id))
    .sort((a, b) => a.at - b.at)
    .map((line) => ({
      line,
      choosable: (line.event?.t === 'accept' || line.event?.t === 'assign') && eyes.settle_by.includes(line.event.t),
    }))
}

/** The ways to settle that need a word of their own, e.g. open it again. */
export function otherWays(eyes: NeedsEyesView, timeline: readonly TimelineView[]): string[] {
  const direct = new Set(sides(eyes, timeline).flatMap((s) => (s.choosable && s.line.event ? [s.line.event.t as string] : [])))
  return eyes.settle_by.filter((action) => !direct.has(action))
}
