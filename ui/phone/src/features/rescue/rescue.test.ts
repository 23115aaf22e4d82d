import type { StatusView } from '@beehive/shared/api'
import { zhCN } from '@beehive/shared/words/zh-CN'
import { expect, it } from 'vitest'
import { reasons } from './rescue'

const now = new Date('2026-11-20T08:00:00+08:00')
const at = (days: number) => now.getTime() / 1000 - days * 86_400
const status = (change: Partial<StatusView>) => ({ unsent: 0, refused: 0, held: 0, ...change }) as StatusView
const why = (change: Partial<StatusView>) => reasons(status(change), now, zhCN)

it('is offered when something waits for long or was refused, and not before', () => {
  expect(why({})).toEqual([])
  expect(why({ unsent: 3, oldest_unsent: at(2.9) })).toEqual([])
  expect(why({ held: 1 })).toEqual([])
  expect(why({ unsent: 3, oldest_unsent: at(3) })).toEqual(['有 3 条写了 3 天还没送出去。'])
  expect(why({ refused: 2, held: 1 })).toEqual(['有 2 条没送成。', '有 1 条在等负责人看。'])
})
