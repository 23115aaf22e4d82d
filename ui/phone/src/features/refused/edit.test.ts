import type { RefusedForm } from '@beehive/shared/api'
import { expect, it } from 'vitest'
import { splitWords } from '@/features/record/title'
import { toKept } from './edit'

const form = (change: Partial<RefusedForm> = {}): RefusedForm => ({
  kind: 'finding',
  title: '灯不亮',
  detail: '三楼，晚上看不见',
  category: 'electric',
  place: '{"b":"b-3","u":"1"}',
  urgency: '',
  asker: '',
  photos: [],
  ...change,
})

it('comes back into the form as it was written', () => {
  const kept = toKept(form(), 7, '')
  expect(splitWords(kept.words)).toEqual({ title: '灯不亮', detail: '三楼，晚上看不见' })
  expect(kept).toMatchObject({ place: { b: 'b-3', u: '1' }, urgency: 'normal', done: false, replaces: 7 })
})

it('keeps that it was done already, and a place in plain words', () => {
  expect(toKept(form({ done: '换了灯泡', place: '南门外' }), 7, 'k')).toMatchObject({ done: true, how: '换了灯泡', place: { t: '南门外' }, photos: 'k' })
})
