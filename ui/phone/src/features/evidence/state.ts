import type { AttachmentView, FilesView, Pair } from '@beehive/shared/api'
import type { Words } from '@beehive/shared/words'

export interface FileSays {
  text: string
  tone: 'ok' | 'wait' | 'stop'
}

const percent = (sent: number, size: number) => (size > 0 ? Math.min(99, Math.floor((sent * 100) / size)) : 0)

/** Where a photo is, in a few words: only what is known to have happened. 100 % is what the server has confirmed, and then it says so. */
export function fileSays(file: AttachmentView, w: Words): FileSays | null {
  const e = w.evidence
  switch (file.state) {
    case 'delivered':
      return { text: e.delivered, tone: 'ok' }
    case 'sending':
      return { text: e.sending(percent(file.sent, file.size)), tone: 'wait' }
    case 'refused':
      return { text: e.refused, tone: 'stop' }
    case 'local':
      return { text: file.sent > 0 ? e.partly(percent(file.sent, file.size)) : e.waiting, tone: 'wait' }
    case 'remote':
      return null
  }
}

/** What waits beside the records, for the strip; empty when nothing does. */
export function filesSay(files: FilesView | undefined, w: Words): string {
  if (!files || files.unsent === 0) return ''
  return files.paused === 'wifi' ? w.evidence.stripWifi(files.unsent) : w.evidence.strip(files.unsent)
}

export interface Group {
  /** One half of a pair, or photos that stand for themselves. */
  pair?: Pair
  photos: AttachmentView[]
}

/** Before stands beside after; what belongs to neither comes below, in the order it was added. */
export function groups(files: readonly AttachmentView[]): Group[] {
  const pictures = files.filter((f) => !isSound(f))
  const of = (pair?: Pair): Group => ({ ...(pair ? { pair } : {}), photos: pictures.filter((p) => p.pair === pair) })
  return [of('before'), of('after'), of()].filter((g) => g.photos.length > 0)
}

export const isSound = (file: { media?: string }) => !!file.media?.startsWith('audio/')

const UNITS = ['B', 'KB', 'MB', 'GB']

/** A size as people read it. */
export function sizeWord(bytes: number): string {
  let unit = 0
  let n = bytes
  while (n >= 1000 && unit < UNITS.length - 1) {
    n /= 1000
    unit += 1
  }
  return `${n < 10 && unit > 1 ? n.toFixed(1) : Math.round(n)} ${UNITS[unit]}`
}

/** Minutes and seconds of a voice note. */
export const lengthWord = (secs: number) => `${Math.floor(secs / 60)}:${String(Math.floor(secs % 60)).padStart(2, '0')}`
