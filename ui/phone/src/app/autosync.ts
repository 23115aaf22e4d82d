/** How long a burst of saves is gathered before one exchange. */
const GATHER = 400
/** How often it is tried again while something is unsent. */
const AGAIN = 60_000

export interface AutoSyncParts {
  run(): Promise<void>
  unsent(): boolean
  enabled(): boolean
}

/** Decides when to exchange. At most one at a time; a wish that comes meanwhile is granted right after. */
export class AutoSync {
  private readonly parts: AutoSyncParts
  private running = false
  private again = false
  private gather: ReturnType<typeof setTimeout> | undefined

  constructor(parts: AutoSyncParts) {
    this.parts = parts
  }

  start(window: EventTarget, document: EventTarget & { visibilityState?: string }): void {
    window.addEventListener('online', () => this.now())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.soon()
    })
    setInterval(() => {
      if (this.parts.unsent()) this.now()
    }, AGAIN)
    this.now()
  }

  /** After a save: a moment later, once for several saves. */
  soon(): void {
    clearTimeout(this.gather)
    this.gather = setTimeout(() => this.now(), GATHER)
  }

  now(): void {
    clearTimeout(this.gather)
    if (!this.parts.enabled()) return
    if (this.running) {
      this.again = true
      return
    }
    this.running = true
    void this.parts.run().finally(() => {
      this.running = false
      if (!this.again) return
      this.again = false
      this.now()
    })
  }
}
