import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { en } from './en'
import { zhCN } from './zh-CN'

type Tree = { [key: string]: unknown }
function keys(tree: Tree, path = ''): string[] {
  return Object.entries(tree).flatMap(([k, v]) =>
    v !== null && typeof v === 'object' ? keys(v as Tree, `${path}${k}.`) : [`${path}${k}:${typeof v}`],
  )
}
function texts(tree: Tree, path = ''): Array<[string, string]> {
  return Object.entries(tree).flatMap(([k, v]): Array<[string, string]> => {
    if (typeof v === 'string') return [[`${path}${k}`, v]]
    return v !== null && typeof v === 'object' ? texts(v as Tree, `${path}${k}.`) : []
  })
}

it('says the same things in both languages', () => {
  expect(keys(en).sort()).toEqual(keys(zhCN).sort())
})

it('leaves nothing empty', () => {
  for (const words of [zhCN, en]) expect(texts(words).filter(([, t]) => !t.trim())).toEqual([])
})

it('has no Latin words on the Chinese screen but the name of the other language', () => {
  expect(texts(zhCN).filter(([path, t]) => /[a-z]{2,}/i.test(t) && path !== 'me.languages.en')).toEqual([])
})

it('keeps words out of the components', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const folders = ['phone/src', 'shared/src/components'].map((f) => join(root, f))
  const files = folders.flatMap((f) => readdirSync(f, { recursive: true, encoding: 'utf8' }).map((n) => join(f, n)))
  const found = files
    .filter((f) => f.endsWith('.vue'))
    .filter((f) => /[\u4e00-\u9fff]/.test(readFileSync(f, 'utf8').replace(/\/\/.*|<!--[\s\S]*?-->|\/\*[\s\S]*?\*\//g, '')))
  expect(found).toEqual([])
})

it('uses logical directions only', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const files = ['phone/src', 'shared/src'].flatMap((f) =>
    readdirSync(join(root, f), { recursive: true, encoding: 'utf8' }).map((n) => join(root, f, n)),
  )
  const physical = /(margin|padding|border)-(left|right)|text-align:\s*(left|right)|^\s*(left|right):/m
  expect(files.filter((f) => /\.(vue|css)$/.test(f)).filter((f) => physical.test(readFileSync(f, 'utf8')))).toEqual([])
})
