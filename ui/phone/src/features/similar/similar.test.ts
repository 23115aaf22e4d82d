import type { RowView, SimilarView } from '@beehive/shared/api'
import { zhCN } from '@beehive/shared/words/zh-CN'
import { describe, expect, it } from 'vitest'
import { offerHint, offerSays, stillOffered, toQuestion, type Typed } from './similar'

const typed = (words: string): Typed => ({ kind: 'finding', category: 'fire', place: { b: 'b-3', u: '1', r: '402' }, words })
const now = new Date('2026-11-20T08:00:00+08:00')
const offer = (id: string, change: Partial<SimilarView> = {}): SimilarView => ({
  row: { id, title: '楼道灯不亮', place: '3 栋 1 单元', created_at: now.getTime() / 1000 - 86_400 } as RowView,
  near: 'unit',
  likeness: 80,
  ...change,
})

describe('what may be the same', () => {
  it('is asked about with place and category, once two signs are there', () => {
    expect(toQuestion({ ...typed('灯'), place: {} }, { title: '灯', detail: '' })).toBeNull()
    expect(toQuestion(typed('灯坏'), { title: '灯坏', detail: '' })).toMatchObject({ do: 'similar', building: 'b-3', unit: '1', door: '402', category: 'fire' })
  })

  it('is asked about before there are words, because place and category say whether it was there before', () => {
    expect(toQuestion(typed(''), { title: '', detail: '' })).toMatchObject({ do: 'similar', title: '', category: 'fire' })
  })

  it('is offered until somebody says no', () => {
    expect(stillOffered([offer('a'), offer('b')], new Set(['a'])).map((s) => s.row.id)).toEqual(['b'])
  })

  it('says when it was recorded, or how long ago it was done', () => {
    expect(offerSays(offer('a'), now, zhCN)).toContain('楼道灯不亮')
    expect(offerSays(offer('a', { done_days_ago: 12 }), now, zhCN)).toBe('这里同类的事 12 天前办结过')
    expect(offerSays(offer('a', { done_days_ago: 0 }), now, zhCN)).toBe('这里同类的事今天办结过')
    expect(offerHint(offer('a'), zhCN)).toEqual(['同一个单元', '3 栋 1 单元'])
  })
})
