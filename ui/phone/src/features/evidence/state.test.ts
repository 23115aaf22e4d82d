import type { AttachmentView, FilesView } from '@beehive/shared/api'
import { zhCN } from '@beehive/shared/words/zh-CN'
import { describe, expect, it } from 'vitest'
import { fileSays, filesSay, groups, lengthWord, sizeWord } from './state'

const photo: AttachmentView = {
  hash: 'a1',
  media: 'image/jpeg',
  size: 1000,
  here: true,
  delivered: false,
  state: 'local',
  sent: 0,
  thumb_here: true,
  by: '李秀英',
  at: 0,
}
const says = (change: Partial<AttachmentView>) => fileSays({ ...photo, ...change }, zhCN)?.text

describe('what is said of a photo', () => {
  it('names each state', () => {
    expect(says({})).toBe('等着送')
    expect(says({ sent: 300 })).toBe('送了 30%，等着接着送')
    expect(says({ state: 'sending', sent: 300 })).toBe('正在送 30%')
    expect(says({ state: 'delivered' })).toBe('已送达')
    expect(says({ state: 'refused' })).toBe('没送成')
    expect(says({ state: 'remote', here: false })).toBeUndefined()
  })

  it('never says that all of it was sent before the server said so', () => {
    expect(says({ state: 'sending', sent: 1000 })).toBe('正在送 99%')
    expect(says({ state: 'sending', size: 0 })).toBe('正在送 0%')
  })

  it('says in the strip that photos wait, and why', () => {
    const files: FilesView = { unsent: 2, bytes: 9, refused: 0, sending: false }
    expect(filesSay(files, zhCN)).toBe('还有 2 个照片或录音没送到')
    expect(filesSay({ ...files, paused: 'wifi' }, zhCN)).toBe('2 个照片或录音等无线网再送')
    expect(filesSay({ ...files, unsent: 0 }, zhCN)).toBe('')
  })
})

it('puts before beside after, and sounds elsewhere', () => {
  const all = [photo, { ...photo, hash: 'a2', pair: 'after' as const }, { ...photo, hash: 'a3', pair: 'before' as const }, { ...photo, media: 'audio/webm' }]
  expect(groups(all).map((g) => [g.pair, g.photos.map((p) => p.hash)])).toEqual([
    ['before', ['a3']],
    ['after', ['a2']],
    [undefined, ['a1']],
  ])
})

it('writes sizes and lengths as people read them', () => {
  expect([0, 999, 1_000, 320_400, 1_500_000, 23_000_000].map(sizeWord)).toEqual(['0 B', '999 B', '1 KB', '320 KB', '1.5 MB', '23 MB'])
  expect([0, 9, 75].map(lengthWord)).toEqual(['0:00', '0:09', '1:15'])
})
