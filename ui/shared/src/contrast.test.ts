import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8')

/** The custom properties of the first block that begins with exactly this selector. */
function block(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  if (start < 0) throw new Error(`no block ${selector}`)
  const body = css.slice(start, css.indexOf('}', start))
  return new Map([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1] ?? '', (m[2] ?? '').trim()]))
}

function luminance(hex: string): number {
  const parts = hex.match(/^#(..)(..)(..)$/)
  if (!parts) throw new Error(`not a plain colour: ${hex}`)
  const [r, g, b] = parts.slice(1).map((p) => {
    const v = parseInt(p, 16) / 255
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const light = block(':root')
const dark = block(":root[data-theme='dark']")
const SURFACES = ['paper', 'card', 'press']
const TEXT: Array<[string, string[]]> = [
  ['ink', [...SURFACES, 'honey-soft', 'rose-soft', 'green-soft']],
  ['quiet', [...SURFACES, 'honey-soft', 'rose-soft', 'green-soft']],
  ['red-text', [...SURFACES, 'honey-soft', 'rose-soft']],
  ['green', [...SURFACES, 'green-soft']],
  ['amber', [...SURFACES, 'honey-soft']],
  ['blue', [...SURFACES, 'honey-soft', 'rose-soft', 'green-soft']],
  ['on-red', ['red', 'red-press']],
]
// Edges of what can be touched, and marks that mean something.
const MARKS: Array<[string, string[]]> = [
  ['edge', ['paper', 'card']],
  ['rose-edge', ['paper', 'card', 'rose-soft']],
  ['amber', ['honey-soft', 'card']],
  ['red', ['paper', 'card']],
]

for (const [name, theme] of [
  ['light', light],
  ['dark', dark],
] as const) {
  const at = (token: string) => {
    const value = theme.get(token)
    if (!value) throw new Error(`${name} has no --${token}`)
    return value
  }
  it.each(TEXT.flatMap(([text, on]) => on.map((surface) => [text, surface] as const)))(`${name}: %s can be read on %s`, (text, surface) => {
    expect(contrast(at(text), at(surface))).toBeGreaterThanOrEqual(4.5)
  })
  it.each(MARKS.flatMap(([mark, on]) => on.map((surface) => [mark, surface] as const)))(`${name}: %s can be seen on %s`, (mark, surface) => {
    expect(contrast(at(mark), at(surface))).toBeGreaterThanOrEqual(3)
  })
}

it('measures contrast as the guidelines do', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

it('says the night colours the same in both places', () => {
  expect([...block(":root:not([data-theme='light'])")]).toEqual([...dark])
})

it('has every colour of the day at night', () => {
  const missing = [...light.keys()].filter((k) => light.get(k)?.startsWith('#') && !dark.has(k))
  expect(missing).toEqual([])
})

it('keeps the colours that were agreed on', () => {
  expect(Object.fromEntries(['paper', 'ink', 'quiet', 'line', 'red', 'honey', 'green', 'amber', 'blue'].map((k) => [k, light.get(k)]))).toEqual({
    paper: '#fffbf5',
    ink: '#211c16',
    quiet: '#5f564b',
    line: '#e9e0d3',
    red: '#b3261e',
    honey: '#f2a900',
    green: '#1b6e3a',
    amber: '#7a4f00',
    blue: '#1f5fa8',
  })
})
