// How much the engine takes where it has a limit (crates/core: action.rs, policy). Fields never cut anything: they only say it early.

/** A note, a promise: `MAX_NOTE`. */
export const MOST_NOTE = 2000
/** A name, a number, who asked: `MAX_NAME`, `MAX_ASKER`. */
export const MOST_NAME = 100

/** How many characters a text has, as the engine counts: what looks like one sign may be several, but half a pair is none. */
export function signs(text: string): number {
  let n = 0
  for (const _ of text.trim()) n += 1
  return n
}

/** How many characters are too many; 0 without a limit. */
export const tooMany = (text: string, most?: number): number => (most === undefined ? 0 : Math.max(0, signs(text) - most))
