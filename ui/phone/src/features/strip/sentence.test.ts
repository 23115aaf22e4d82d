import type { Connection, StatusView } from '@beehive/shared/api'
import { zhCN } from '@beehive/shared/words/zh-CN'
import { describe, expect, it } from 'vitest'
import { stripSentence, stripText } from './sentence'

const at = (text: string) => Math.floor(new Date(text).getTime() / 1000)
const NOW = new Date('2026-11-23T18:30:00+08:00')
const base: StatusView = {
  connection: 'online',
  unsent: 0,
  sent_now: 0,
  refused: 0,
  held: 0,
  attention: 0,
  last_sync: at('2026-11-23T18:02:00+08:00'),
  can_cut: false,
  cut: false,
  cursors: {},
  digest: '',
  repaired: 0,
  files: { unsent: 0, bytes: 0, refused: 0, sending: false },
  damage: [],
}
const say = (change: Partial<StatusView>) => stripText(stripSentence({ ...base, ...change }, NOW, zhCN))

describe('the truth strip', () => {
  it('says the four sentences', () => {
    expect(say({ connection: 'offline', unsent: 3 })).toBe('没有信号，记录都存在本机（3 条待送）')
    expect(say({ connection: 'syncing', unsent: 3, sent_now: 2 })).toBe('正在送 2/3')
    expect(say({})).toBe('都送到了 18:02')
    expect(stripSentence({ ...base, attention: 1 }, NOW, zhCN).look).toBe(1)
    expect(zhCN.strip.look(1)).toBe('有 1 条需要你看')
  })

  it('does not call everything delivered while photos wait', () => {
    const files = { unsent: 2, bytes: 900_000, refused: 0, sending: true }
    expect(say({ files })).toBe('还有 2 个照片或录音没送到')
    expect(stripSentence({ ...base, files }, NOW, zhCN).tone).toBe('wait')
  })

  it('never claims delivery while something is unsent', () => {
    const connections: Connection[] = ['unknown', 'online', 'offline', 'syncing', 'revoked', 'not_enrolled']
    for (const connection of connections) {
      for (const cut of [true, false]) {
        expect(say({ connection, cut, unsent: 1 }), `${connection} ${cut}`).not.toContain('都送到了')
        expect(stripSentence({ ...base, connection, cut, unsent: 1 }, NOW, zhCN).tone).not.toBe('ok')
      }
    }
  })

  it('never claims delivery before the first one', () => {
    for (const connection of ['unknown', 'online', 'syncing'] as Connection[]) {
      expect(say({ connection, last_sync: undefined })).not.toContain('都送到了')
    }
    expect(say({ connection: 'unknown', last_sync: undefined })).toBe('还没送过，记录都存在本机')
  })

  it('takes a cut link for what it is, whatever was seen last', () => {
    expect(say({ cut: true, connection: 'online', unsent: 2 })).toBe('没有信号，记录都存在本机（2 条待送）')
    expect(say({ cut: true })).toBe('没有信号，记录都存在本机')
  })

  it('names the day when the last delivery was not today', () => {
    expect(say({ last_sync: at('2026-11-22T16:40:00+08:00') })).toBe('都送到了 昨天 16:40')
    expect(say({ last_sync: at('2026-11-03T09:05:00+08:00') })).toBe('都送到了 11 月 3 日 09:05')
  })

  it('keeps the delivery beside what needs a look and counts both kinds', () => {
    const strip = stripSentence({ ...base, refused: 1, attention: 2, connection: 'offline', unsent: 4 }, NOW, zhCN)
    expect(strip.look).toBe(3)
    expect(stripText(strip)).toBe('没有信号，记录都存在本机（4 条待送）')
  })

  it('does not flicker while it only fetches, and never shows more sent than there is', () => {
    expect(say({ connection: 'syncing' })).toBe('都送到了 18:02')
    expect(say({ connection: 'syncing', unsent: 2, sent_now: 5 })).toBe('正在送 2/2')
  })
})
