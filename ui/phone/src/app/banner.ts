import { ref } from 'vue'

export interface Banner {
  text: string
  /** A matter that it leads to. */
  matter?: string
}

export const banner = ref<Banner | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

/** Says that something is kept, without being in anybody's way. */
export function say(next: Banner): void {
  clearTimeout(timer)
  banner.value = next
  timer = setTimeout(() => (banner.value = null), 6_000)
}

export function hush(): void {
  clearTimeout(timer)
  banner.value = null
}
