/** Short enough that a call or a dead battery costs at most a syllable. */
export const DRAFT_PAUSE = 250

/**
 * Keeps a draft at every change: gathered for a moment, one save at a time and in order, so that an older state can never
 * overwrite a newer one.
 */
export class DraftSaver<T> {
  private readonly save: (body: T) => Promise<void>
  private timer: ReturnType<typeof setTimeout> | undefined
  private pending: { body: T } | undefined
  private chain: Promise<void> = Promise.resolve()
  private stopped = false
  /** Saves under way or behind one. */
  private waiting = 0

  constructor(save: (body: T) => Promise<void>) {
    this.save = save
  }

  change(body: T): void {
    if (this.stopped) return
    this.pending = { body }
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), DRAFT_PAUSE)
  }

  /** Hands over what is pending at once, e.g. because the screen goes away. */
  flush(): Promise<void> {
    clearTimeout(this.timer)
    const next = this.pending
    this.pending = undefined
    if (next) {
      // Started in this very turn if nothing is under way: a page that is going away gets no other one.
      this.waiting += 1
      this.chain = this.waiting === 1 ? this.one(next.body) : this.chain.then(() => this.one(next.body))
    }
    return this.chain
  }

  /** Forgets what is pending and waits for what is under way; after this nothing is saved any more. */
  stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    this.pending = undefined
    return this.chain
  }

  /** Goes on after a stop, e.g. because the record could not be saved after all. */
  resume(): void {
    this.stopped = false
  }

  private async one(body: T): Promise<void> {
    try {
      await this.save(body)
    } catch {
      // The screen still holds the words, and the next change tries again.
    } finally {
      this.waiting -= 1
    }
  }
}
