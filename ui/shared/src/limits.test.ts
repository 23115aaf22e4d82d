import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MOST_NAME, MOST_NOTE, signs, tooMany } from './limits'

it('counts as the engine does, and cuts nothing', () => {
  expect([signs(' 灯坏了 '), signs('😀'), signs('')]).toEqual([3, 1, 0])
  expect([tooMany('一二三', 2), tooMany('一二三', 3), tooMany('一二三')]).toEqual([1, 0, 0])
})

it('has the numbers of the engine', () => {
  const action = readFileSync(join(__dirname, '../../../crates/core/src/action.rs'), 'utf8')
  const event = readFileSync(join(__dirname, '../../../crates/core/src/policy/event.rs'), 'utf8')
  const number = (text: string, name: string) => Number(new RegExp(`const ${name}: usize = ([0-9_]+)`).exec(text)?.[1]?.replace(/_/g, ''))
  expect([number(action, 'MAX_NOTE'), number(action, 'MAX_ASKER'), number(event, 'MAX_NAME')]).toEqual([MOST_NOTE, MOST_NAME, MOST_NAME])
})

/** An attribute of this name makes a browser cut what is pasted, without a word. */
it('no field of any screen cuts', () => {
  const sources = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? sources(join(dir, e.name)) : [join(dir, e.name)]))
  const files = [...sources(join(__dirname, '../../phone/src')), ...sources(__dirname)].filter((name) => name.endsWith('.vue'))
  expect(files.length).toBeGreaterThan(30)
  expect(files.filter((name) => /maxlength/i.test(readFileSync(name, 'utf8')))).toEqual([])
})
