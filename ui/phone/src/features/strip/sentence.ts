import type { StatusView } from '@beehive/shared/api'
import { whenWord } from '@beehive/shared/time'
import type { Words } from '@beehive/shared/words'
import { filesSay } from '../evidence/state'

export interface Strip {
  /** Said first and stronger. */
  strong: string
  comma: string
  rest: string
  /** Kept together on one line, e.g. the number in brackets. */
  tail: string
  /** The colour of the dot; the words say the same. */
  tone: 'ok' | 'wait' | 'stop'
  /** How many things wait for the reader, beside the delivery. */
  look: number
}

/** The truth in one sentence. It tells what is known to have happened, never what is hoped for. */
export function stripSentence(status: StatusView | null, now: Date, w: Words): Strip {
  const s = w.strip
  if (!status) return { strong: '', comma: '', rest: s.starting, tail: '', tone: 'wait', look: 0 }
  const look = status.refused + status.attention
  const { unsent, last_sync: last } = status
  const say = (tone: Strip['tone'], rest: string, strong = '', tail = ''): Strip => ({
    strong,
    comma: strong ? s.comma : '',
    rest,
    tail,
    tone,
    look,
  })
  const delivered = last === undefined ? undefined : s.delivered(whenWord(last, now, w))

  if (status.connection === 'not_enrolled') return { ...say('wait', s.notEnrolled), look: 0 }
  if (status.connection === 'revoked') return say('stop', s.revoked)
  if (status.connection === 'other_street') return say('stop', s.otherStreet)
  if (status.cut || status.connection === 'offline') {
    return say('wait', s.allHere, s.noSignal, unsent > 0 ? s.waiting(unsent) : '')
  }
  if (status.connection === 'syncing') {
    if (unsent > 0) return say('wait', s.sending(Math.min(status.sent_now, unsent), unsent))
    return delivered ? say('ok', delivered) : say('wait', s.fetching)
  }
  if (unsent > 0) return say('wait', s.unsent(unsent))
  const photos = filesSay(status.files, w)
  if (photos) return say('wait', photos)
  return delivered ? say('ok', delivered) : say('wait', s.never)
}

export function stripText(strip: Strip): string {
  return strip.strong + strip.comma + strip.rest + strip.tail
}
