import { onActivated } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

/** A page that is put aside loses its scroll position with its place in the document; this puts it back. */
export function useKeptScroll(element: () => HTMLElement | null): void {
  let top = 0
  onBeforeRouteLeave(() => {
    top = element()?.scrollTop ?? 0
  })
  onActivated(() => {
    const e = element()
    if (e) e.scrollTop = top
  })
}
