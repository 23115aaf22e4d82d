import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { finds, folded } from './fold'

const cases = JSON.parse(readFileSync(new URL('../../../tests/fixtures/folded.json', import.meta.url), 'utf8')) as {
  same: [string, string][]
  different: [string, string][]
}

it.each(cases.same)('folds %j as the engine does', (typed, kept) => {
  expect(folded(typed)).toBe(kept)
  expect(folded(kept)).toBe(kept)
})

it.each(cases.different)('keeps %j apart from %j', (a, b) => {
  expect(folded(a)).not.toBe(folded(b))
})

it('finds a name however it is typed', () => {
  for (const typed of ['３号楼', '3 号', '３', '', ' ']) expect(finds('3号楼', typed)).toBe(true)
  expect(finds('丁香苑 Ａ座', 'a 座')).toBe(true)
  expect(finds('3号楼', '8')).toBe(false)
})
