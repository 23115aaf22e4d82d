// Which sheets are open, topmost last: the phone's own back key closes a sheet before it leaves a page.
const open: Array<() => void> = []

export const sheets = {
  add(close: () => void): void {
    open.push(close)
  },
  remove(close: () => void): void {
    const at = open.indexOf(close)
    if (at >= 0) open.splice(at, 1)
  },
  /** Closes the topmost sheet; false if none was open. */
  closeTop(): boolean {
    const close = open.pop()
    close?.()
    return close !== undefined
  },
}
