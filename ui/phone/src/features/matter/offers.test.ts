import { zhCN } from '@beehive/shared/words/zh-CN'
import { expect, it } from 'vitest'
import { GROUPS, grouped } from './offers'

const offer = (action: string, primary = false) => ({ action, primary })

it('has a place for every action that has a name, and only one', () => {
  const all = Object.values(GROUPS).flat()
  expect([...all].sort()).toEqual(Object.keys(zhCN.actions).sort())
  expect(new Set(all).size).toBe(all.length)
})

it('puts the everyday on top, leaves out empty groups and what is the reader’s turn', () => {
  const offers = ['withdraw', 'merge', 'assign', 'resolve', 'attach'].map((a) => offer(a)).concat(offer('step', true))
  expect(grouped(offers)).toEqual([
    { group: 'doing', actions: ['resolve', 'attach'] },
    { group: 'arranging', actions: ['assign', 'merge'] },
    { group: 'ending', actions: ['withdraw'] },
  ])
})

it('offers nothing that this program has no form for', () => {
  expect(grouped([offer('from_the_future')])).toEqual([])
})
