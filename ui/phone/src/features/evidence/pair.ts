import type { NewPhoto, Pair } from '@beehive/shared/api'

/** What a form says of its photos; empty while nobody has said anything. */
export type PairChoice = Pair | 'none' | ''

/** Photos as halves of a pair. A voice note is neither before nor after. */
export function withPair(photos: readonly NewPhoto[], choice: PairChoice): NewPhoto[] {
  const pair = choice === 'before' || choice === 'after' ? choice : undefined
  return photos.map((photo) => (pair && !photo.secs && !photo.media?.startsWith('audio/') ? { ...photo, pair } : { ...photo }))
}
