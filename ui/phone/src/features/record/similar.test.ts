import type { RowView } from '@beehive/shared/api'
import { expect, it } from 'vitest'
import { mostSimilar, tellingPairs } from './similar'

const row = (id: string, place: string, created_at = 0) => ({ id, place, created_at }) as RowView

it('asks with pairs that tell something, not with joining words', () => {
  const pairs = tellingPairs('五楼过道堆了旧沙发和纸箱')
  expect(pairs).toContain('沙发')
  expect(pairs).toContain('过道')
  expect(pairs.some((p) => /[了和]/.test(p))).toBe(false)
})

it('asks nothing for a single sign and never asks too much', () => {
  expect(tellingPairs('火')).toEqual([])
  expect(tellingPairs('漏水漏电门窗楼梯灯管地砖墙皮下水道口井盖松动').length).toBeLessThanOrEqual(8)
})

it('offers what shares two pairs, or one and the place, best first', () => {
  const near = row('near', '3 栋 1 单元 5 楼过道')
  const far = row('far', '9 栋')
  const twice = row('twice', '7 栋', 5)
  expect(mostSimilar([[near, far, twice], [twice]], '3 栋').map((r) => r.id)).toEqual(['twice', 'near'])
})
