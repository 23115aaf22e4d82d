import { afterEach, describe, expect, it } from 'vitest'
import { aheadWord, dayCount, dayWord, dueWord, endOfDay, setStreetClock, todayWord, whenWord } from './time'
import { zhCN as w } from './words/zh-CN'

const NOW = new Date('2026-11-23T18:30:00+08:00')
const at = (text: string) => Math.floor(new Date(text).getTime() / 1000)
const due = (text: string) => dueWord(at(text), NOW, w)

describe('the street’s clock', () => {
  afterEach(() => setStreetClock(8 * 3_600))

  it('is told whatever zone the machine is in', () => {
    expect(new Date(0).getTimezoneOffset()).toBe(0)
    // Ten in the morning by the machine's clock, six in the evening where the work is done.
    expect(whenWord(at('2026-11-23T10:00:00Z'), NOW, w)).toBe('18:00')
    expect(aheadWord(at('2026-11-24T06:00:00Z'), NOW, w)).toBe('明天 14:00')
    // Still Monday in London, Tuesday in the street.
    expect(whenWord(at('2026-11-23T17:00:00Z'), new Date('2026-11-23T17:00:00Z'), w)).toBe('01:00')
    expect(todayWord(new Date('2026-11-23T17:00:00Z'), w)).toBe('11 月 24 日 星期二')
    expect(due('2026-11-23T17:00:00Z').text).toBe('还剩 1 天')
    expect(endOfDay(new Date('2026-11-23T17:00:00Z'), 0)).toBe(at('2026-11-24T23:59:00+08:00'))
  })

  it('is the one of the rules', () => {
    setStreetClock(6 * 3_600)
    expect(whenWord(at('2026-11-23T10:00:00Z'), NOW, w)).toBe('16:00')
  })
})

describe('due words', () => {
  it('counts calendar days, not hours', () => {
    expect(due('2026-11-25T00:01:00+08:00')).toEqual({ text: '还剩 2 天', tone: 'soon' })
    expect(due('2026-11-24T23:59:00+08:00')).toEqual({ text: '还剩 1 天', tone: 'soon' })
    expect(due('2026-11-23T23:59:00+08:00')).toEqual({ text: '今天', tone: 'soon' })
    expect(due('2026-11-22T23:59:00+08:00')).toEqual({ text: '晚了 1 天', tone: 'late' })
  })

  it('is still today in the evening of the day it was due in the morning', () => {
    expect(due('2026-11-23T09:00:00+08:00').text).toBe('今天')
  })

  it('crosses months and years', () => {
    expect(due('2027-01-02T12:00:00+08:00').text).toBe('还剩 40 天')
    expect(due('2026-10-31T12:00:00+08:00').text).toBe('晚了 23 天')
  })
})

describe('when something happened', () => {
  it('says it as people do', () => {
    expect(whenWord(at('2026-11-23T14:02:00+08:00'), NOW, w)).toBe('14:02')
    expect(whenWord(at('2026-11-22T23:59:00+08:00'), NOW, w)).toBe('昨天 23:59')
    expect(whenWord(at('2026-11-21T09:05:00+08:00'), NOW, w)).toBe('前天 09:05')
    expect(whenWord(at('2026-11-17T08:50:00+08:00'), NOW, w)).toBe('11 月 17 日 08:50')
    expect(whenWord(at('2025-12-31T08:50:00+08:00'), NOW, w)).toBe('2025 年 12 月 31 日 08:50')
  })

  it('says the day alone without a stray space', () => {
    expect(dayWord(at('2026-11-22T23:59:00+08:00'), NOW, w)).toBe('昨天')
    expect(dayWord(at('2026-11-17T08:50:00+08:00'), NOW, w)).toBe('11 月 17 日')
  })
})

it('says when something is to come', () => {
  expect(aheadWord(at('2026-11-23T20:00:00+08:00'), NOW, w)).toBe('今天 20:00')
  expect(aheadWord(at('2026-11-24T08:00:00+08:00'), NOW, w)).toBe('明天 08:00')
  expect(aheadWord(at('2026-11-25T08:00:00+08:00'), NOW, w)).toBe('11 月 25 日 08:00')
})

it('names today with its weekday', () => {
  expect(todayWord(NOW, w)).toBe('11 月 23 日 星期一')
})

it('means the end of the day by a due day, over the end of a month too', () => {
  expect(endOfDay(NOW, 0)).toBe(at('2026-11-23T23:59:00+08:00'))
  expect(endOfDay(NOW, 8)).toBe(at('2026-12-01T23:59:00+08:00'))
})

it('counts the first day as day 1', () => {
  expect(dayCount(at('2026-11-23T00:01:00+08:00'), NOW)).toBe(1)
  expect(dayCount(at('2026-11-21T23:00:00+08:00'), NOW)).toBe(3)
  expect(dayCount(at('2026-11-24T10:00:00+08:00'), NOW)).toBe(1)
})
