// How words are compared when a page looks through a list: the rule of `folded` in crates/core/src/text.rs. One table of cases
// (tests/fixtures/folded.json) holds both to it.

/** Blank, or not seen at all: such signs do not count. The listed ones are those that Unicode's classes leave to the programmer. */
const UNSEEN = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/gu

/** The text as it is compared. Each letter by itself: JavaScript would lower a last sigma otherwise than one within a word. */
export function folded(text: string): string {
  const lower = [...text.normalize('NFKC')].map((c) => c.toLowerCase()).join('')
  return lower.normalize('NFKC').replace(UNSEEN, '')
}

/** Whether a name has what somebody is looking for in it; everything has nothing in it. */
export const finds = (name: string, wanted: string): boolean => folded(name).includes(folded(wanted))
