/** Longest title: two lines of large text on a small phone. */
export const TITLE_MAX = 40

export interface Split {
  title: string
  detail: string
}

/**
 * One box is what a person fills; a record wants a line and the whole. The line is the first one written, cut at the last pause
 * that leaves enough of it. A line that was not cut is not said again: the detail is what follows it. After a cut it is the whole,
 * as written.
 */
export function splitWords(text: string): Split {
  const whole = text.trim()
  const first = (whole.split(/\r?\n/, 1)[0] ?? '').trim()
  const signs = [...first]
  let title = first
  if (signs.length > TITLE_MAX) {
    const head = signs.slice(0, TITLE_MAX).join('')
    const pause = Math.max(...['。', '，', '；', '！', '？', '、', ',', '.', ';', ' '].map((sign) => head.lastIndexOf(sign)))
    title = pause >= 8 ? head.slice(0, pause) : head
  }
  return { title, detail: title === first ? whole.slice(first.length).trim() : whole }
}
