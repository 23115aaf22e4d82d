import { zhCN as w } from '@beehive/shared/words/zh-CN'
import { expect, it } from 'vitest'
import { doorsPerFloor, isGone, placeWords, readPlace, writePlace } from './place'

const buildings = [{ id: 'b3', name: '3 栋', grid: '', units: [] }]

it('says a place as people do, whatever parts of it are known', () => {
  expect(placeWords({ b: 'b3', u: '1', r: '402' }, buildings, w)).toBe('3 栋 1 单元 402')
  expect(placeWords({ b: 'b3', u: '1', t: '5 楼过道' }, buildings, w)).toBe('3 栋 1 单元 5 楼过道')
  expect(placeWords({ t: '南门外' }, buildings, w)).toBe('南门外')
})

it('reads back what it writes, and keeps plain words as words', () => {
  const place = { b: 'b3', u: '1', t: '门口' }
  expect(readPlace(writePlace(place))).toEqual(place)
  expect(writePlace({ b: 'b3', u: '', r: undefined, t: '' })).toBe('{"b":"b3"}')
  expect(readPlace('南门外')).toEqual({ t: '南门外' })
  expect(readPlace('')).toEqual({})
})

it('lays doors out by floor only where every floor is alike', () => {
  expect(doorsPerFloor(['301', '302', '201', '202'])).toBe(2)
  expect(doorsPerFloor(['1001', '1002', '1003', '901', '902', '903'])).toBe(3)
  expect(doorsPerFloor(['301', '302', '201'])).toBe(0)
  expect(doorsPerFloor(['301', '302', '303', '304', '305'])).toBe(0)
  expect(doorsPerFloor([])).toBe(0)
})

it('shows a building that is gone by its last name, and never a code', () => {
  const past = [{ id: 'b4', name: '4 栋（已撤）' }]
  expect(placeWords({ b: 'b4', u: '1' }, [...buildings, ...past], w)).toBe('4 栋（已撤） 1 单元')
  expect(placeWords({ b: 'b9', r: '402' }, buildings, w)).toBe('不在名单上的楼 402')
  expect(placeWords({ t: '南门外' }, [], w)).toBe('南门外')
})

it('wants a building that is gone to be chosen anew, once there is a list', () => {
  expect([isGone({ b: 'b4' }, buildings), isGone({ b: 'b3' }, buildings), isGone({ b: 'b4' }, []), isGone({ t: 'x' }, buildings)]).toEqual([true, false, false, false])
})
