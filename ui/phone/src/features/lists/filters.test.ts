import { expect, it } from 'vitest'
import { everything, hiddenChoices, inList, isNarrowed, toQuery } from './filters'

it('asks for what is chosen and nothing else', () => {
  expect(toQuery(everything(), '')).toEqual({ list: 'demand', filter: { open: true }, order: 'usual' })
  const narrow = { ...everything(), open: false, toMe: true, overdue: true, path: 'track' as const, building: 'b1', order: 'spot' as const }
  expect(toQuery(narrow, '漏水')).toEqual({
    list: 'demand',
    filter: { path: 'track', building: 'b1', to_me: true, overdue: true, words: '漏水' },
    order: 'spot',
  })
})

it('tells an empty list from one that leaves everything out', () => {
  expect(isNarrowed(toQuery({ ...everything(), open: false }, ''))).toBe(false)
  expect(isNarrowed(toQuery({ ...everything(), open: false }, '灯'))).toBe(true)
})

it('remembers aloud what is chosen out of sight', () => {
  expect(hiddenChoices(everything())).toBe(0)
  expect(hiddenChoices({ ...everything(), kind: 'finding', order: 'due', mine: true })).toBe(2)
})

it('counts the list that is named', () => {
  const counts = { open: 12, responsibility: 5 } as Parameters<typeof inList>[1]
  expect(inList('demand', counts)).toBe(12)
  expect(inList('responsibility', counts)).toBe(5)
  expect(inList('progress', null)).toBeNull()
})
