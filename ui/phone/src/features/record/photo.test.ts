import { expect, it } from 'vitest'
import { fitWithin } from './photo'

it('scales to 1600 on the longer edge and never up', () => {
  expect(fitWithin(4000, 3000)).toEqual({ width: 1600, height: 1200 })
  expect(fitWithin(3000, 4000)).toEqual({ width: 1200, height: 1600 })
  expect(fitWithin(800, 600)).toEqual({ width: 800, height: 600 })
  expect(fitWithin(16000, 2)).toEqual({ width: 1600, height: 1 })
})
