import { expect, it } from 'vitest'
import { splitWords, TITLE_MAX } from './title'

it('takes one short line as the title and adds no detail', () => {
  expect(splitWords('  五楼过道堆了旧沙发 ')).toEqual({ title: '五楼过道堆了旧沙发', detail: '' })
})

it('takes the first line and keeps what follows as the detail', () => {
  expect(splitWords('二单元门禁坏了\n刷卡没反应，门能推开')).toEqual({
    title: '二单元门禁坏了',
    detail: '刷卡没反应，门能推开',
  })
})

it('cuts a long line at a pause and loses nothing', () => {
  const text = '五楼过道堆了旧沙发和纸箱，把消防栓挡住了，住户说下周搬走，但是已经说了三次都没有搬，请物业一起去看看'
  const { title, detail } = splitWords(text)
  expect(title).toBe('五楼过道堆了旧沙发和纸箱，把消防栓挡住了，住户说下周搬走')
  expect(detail).toBe(text)
})

it('cuts a long line without pauses at the limit, never inside a sign', () => {
  const { title, detail } = splitWords('𠮷'.repeat(50))
  expect([...title]).toHaveLength(TITLE_MAX)
  expect(title).toBe('𠮷'.repeat(TITLE_MAX))
  expect([...detail]).toHaveLength(50)
})

it('says nothing for nothing', () => {
  expect(splitWords(' \n ')).toEqual({ title: '', detail: '' })
})
