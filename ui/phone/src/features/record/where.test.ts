import type { BuildingView, GridView, MeView, RecordKind } from '@beehive/shared/api'
import { nextTick, reactive } from 'vue'
import { expect, it } from 'vitest'
import { choices } from '@/app/choices'
import { me } from '@/app/me'
import type { Form } from './form'
import { toRequest } from './form'
import { useLimits } from './limits'
import { gridChosen, gridsToAsk } from './where'

const grid = (id: string, kinds: RecordKind[] = ['demand', 'finding', 'request']): GridView => ({ id, name: id, within: 'g', kinds })
const form = (change: Partial<Form> = {}): Form =>
  reactive({ kind: 'finding', category: '', place: {}, grid: '', words: '井盖松了', asker: '', urgency: 'normal', done: false, how: '', ...change })

it('asks for the grid when several may be meant and no building says which', () => {
  const two = [grid('w-1'), grid('w-2')]
  expect(gridsToAsk(two, 'finding', { t: '南门外' })).toEqual(two)
  expect(gridsToAsk(two, 'finding', { b: 'b-1' })).toEqual([])
  expect(gridsToAsk([grid('w-1')], 'finding', {})).toEqual([])
  expect(gridsToAsk([grid('w-1', ['finding']), grid('w-2')], 'demand', {})).toEqual([])
})

it('lets what was chosen count only as long as it can be chosen', () => {
  expect(gridChosen([grid('w-1'), grid('w-2')], 'w-2')?.id).toBe('w-2')
  expect(gridChosen([grid('w-1'), grid('w-3')], 'w-2')).toBeUndefined()
  expect(gridChosen([grid('w-1'), grid('w-2')], '')).toBeUndefined()
})

it('sends the grid that was chosen, and none beside a building', () => {
  expect(toRequest(form({ grid: 'w-2' }), []).grid).toBe('w-2')
  expect(toRequest(form({ grid: 'w-2', place: { b: 'b-1' } }), []).grid).toBeUndefined()
  expect(toRequest(form(), []).grid).toBeUndefined()
})

it('fills in the only building of a building leader, and never the first of several', async () => {
  const building = (id: string): BuildingView => ({ id, name: id, grid: 'w', units: [] })
  choices.value = { ...choices.value, buildings: ['b-1', 'b-2', 'b-3'].map(building) }
  const placed = async (buildings: string[], place: Form['place'] = {}) => {
    me.value = { records: ['finding', 'request'], buildings } as Partial<MeView> as MeView
    const filled = form({ place })
    useLimits(filled, Promise.resolve(), () => undefined)
    await nextTick()
    await nextTick()
    return filled.place
  }
  expect(await placed(['b-2'])).toEqual({ b: 'b-2' })
  expect(await placed(['b-2', 'b-3'])).toEqual({})
  expect(await placed(['b-2', 'b-3'], { b: 'b-3', u: '1' })).toEqual({ b: 'b-3', u: '1' })
  expect(await placed(['b-2', 'b-3'], { b: 'b-1' })).toEqual({})
})
