import { expect, it } from 'vitest'
import { isMetered } from './network'

const on = (type: string, saveData = false) => isMetered(Object.assign(new EventTarget(), { type, saveData }))

it('knows where bytes cost money, and says nothing where it does not', () => {
  expect(on('cellular')).toBe(true)
  expect(on('wifi')).toBe(false)
  expect(on('wifi', true)).toBe(true)
  expect(on('unknown')).toBeUndefined()
  expect(isMetered(undefined)).toBeUndefined()
})
