import type { ActionOffer } from '@beehive/shared/api'

/** The headings under which a matter's actions stand. */
export type OfferGroup = 'doing' | 'arranging' | 'hearing' | 'ending'

/** Every action under its heading, the most used first: what is done every day stands on top, what happens once a month at the end. */
export const GROUPS: Record<OfferGroup, readonly string[]> = {
  doing: ['step', 'resolve', 'attach', 'accept_assignment', 'decline_assignment', 'promise', 'supplement', 'contact', 'coordinate', 'hand_up', 'answered'],
  arranging: ['accept', 'assign', 'extend', 'suspend', 'resume', 'merge', 'unmerge'],
  hearing: ['effect', 'close', 'join', 'urge', 'reopen', 'dispute'],
  ending: ['return', 'decline', 'withdraw'],
}

export interface Offered {
  group: OfferGroup
  actions: string[]
}

/** What may be done beside the one action that is the reader's turn, in groups; a group with nothing in it is left out. */
export function grouped(offers: readonly ActionOffer[]): Offered[] {
  const may = new Set(offers.filter((o) => !o.primary).map((o) => o.action))
  return (Object.keys(GROUPS) as OfferGroup[])
    .map((group) => ({ group, actions: GROUPS[group].filter((a) => may.has(a)) }))
    .filter((g) => g.actions.length > 0)
}
