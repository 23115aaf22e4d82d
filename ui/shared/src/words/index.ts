import { computed, ref } from 'vue'
import { en } from './en'
import { zhCN, type Words } from './zh-CN'

export type { Words }
export const languages = { 'zh-CN': zhCN, en } satisfies Record<string, Words>
export type Language = keyof typeof languages

const language = ref<Language>('zh-CN')

export function setLanguage(code: string): void {
  language.value = code === 'en' ? 'en' : 'zh-CN'
}

/** The words in the reader's language; templates read `w.…`. */
export const w = computed<Words>(() => languages[language.value])
export const currentLanguage = computed(() => language.value)
