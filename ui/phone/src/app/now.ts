import { ref } from 'vue'

/** The present minute: "18:02" and "还剩 2 天" move on by themselves on a screen that stays open. */
export const now = ref(new Date())

export function startClock(): void {
  setInterval(() => (now.value = new Date()), 30_000)
  document.addEventListener('visibilitychange', () => (now.value = new Date()))
}
