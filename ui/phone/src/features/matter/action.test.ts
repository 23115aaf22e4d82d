import type { MatterView, MemberView } from '@beehive/shared/api'
import { zhCN as w } from '@beehive/shared/words/zh-CN'
import { expect, it } from 'vitest'
import { emptyState, isWorthKeeping, nearFirst, photosOf, takesPhotos, toEvent } from './action'

const NOW = new Date('2026-11-23T18:30:00+08:00')
const empty = emptyState()

it('asks for what is missing instead of sending half', () => {
  expect(toEvent('accept', empty, NOW, w)).toEqual({ missing: '请先选一个。' })
  expect(toEvent('assign', empty, NOW, w)).toEqual({ missing: '请先选一个。' })
  expect(toEvent('step', { ...empty, note: '  ' }, NOW, w)).toEqual({ missing: '请写一句话，再存。' })
})

it('takes a due day as the end of that day here', () => {
  const result = toEvent('assign', { ...empty, to: 'm1', due: 'tomorrow' }, NOW, w)
  expect(result).toEqual({
    event: { t: 'assign', to: 'm1', help: [], due: Date.parse('2026-11-24T23:59:00+08:00') / 1000, note: '' },
  })
})

it('does not need a word where none is needed', () => {
  expect(toEvent('resolve', empty, NOW, w)).toEqual({ event: { t: 'resolve', note: '' } })
  expect(toEvent('accept', { ...empty, path: 'now' }, NOW, w)).toEqual({ event: { t: 'accept', path: 'now', note: '' } })
})

it('names first who works where the matter is, and keeps the order otherwise', () => {
  const member = (id: string, node: string): MemberView => ({ id, name: id, roles: [], nodes: [node] })
  const all = [member('a', '1-2 微网格'), member('b', '1-1 微网格'), member('c', '街道'), member('d', '1-1 微网格')]
  expect(nearFirst(all, '1-1 微网格').map((m) => m.id)).toEqual(['b', 'd', 'a', 'c'])
})

const offering = (...actions: string[]) => ({ offers: actions.map((action) => ({ action, primary: false })) }) as unknown as MatterView

it('asks for photos where something can be shown, and only of who may add them', () => {
  const mine = offering('step', 'resolve', 'promise', 'attach')
  expect(['step', 'resolve', 'effect', 'coordinate'].filter((a) => takesPhotos(a, mine))).toEqual(['step', 'resolve', 'effect', 'coordinate'])
  expect(['promise', 'accept', 'assign', 'withdraw', 'urge'].filter((a) => takesPhotos(a, mine))).toEqual([])
  expect(takesPhotos('effect', offering('effect', 'dispute'))).toBe(false)
})

it('sends what shows that it is done as the other half of the pair, unless told otherwise', () => {
  const photos = [{ hash: 'a', media: 'image/jpeg' }, { hash: 'b', media: 'audio/webm', secs: 12 }]
  const form = { ...empty, photos }
  expect(photosOf('resolve', form)).toEqual([{ hash: 'a', media: 'image/jpeg', pair: 'after' }, photos[1]])
  expect(photosOf('step', form)).toEqual(photos)
  expect(photosOf('step', { ...form, pair: 'before' })[0]).toEqual({ ...photos[0], pair: 'before' })
  expect(photosOf('resolve', { ...form, pair: 'none' })).toEqual(photos)
})

it('keeps a draft for photos alone', () => {
  expect(isWorthKeeping(empty)).toBe(false)
  expect(isWorthKeeping({ ...empty, photos: [{ hash: 'a' }] })).toBe(true)
  // Which half it is says nothing without a photo.
  expect(isWorthKeeping({ ...empty, pair: 'after' })).toBe(false)
})
