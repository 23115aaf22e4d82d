import type { EventBody, TimelineView } from '@beehive/shared/api'
import { setLanguage, w as words } from '@beehive/shared/words'
import { zhCN } from '@beehive/shared/words/zh-CN'
import { expect, it } from 'vitest'
import { emptyState, toEvent } from './action'
import { eventSays } from './says'

const NOW = new Date('2026-11-23T18:30:00+08:00')
const due = Math.floor(NOW.getTime() / 1000)
// One of each: the type refuses a list that lacks one.
const EVENTS: { [T in EventBody['t']]: Extract<EventBody, { t: T }> } = {
  accept: { t: 'accept', path: 'now' },
  assign: { t: 'assign', to: 'm' },
  step: { t: 'step', note: '买了灯' },
  resolve: { t: 'resolve' },
  reopen: { t: 'reopen', note: '又坏了' },
  withdraw: { t: 'withdraw' },
  join: { t: 'join', note: '我家也漏' },
  supplement: { t: 'supplement', note: '三楼' },
  return: { t: 'return', note: '哪一楼' },
  decline: { t: 'decline', note: '不归社区' },
  accept_assignment: { t: 'accept_assignment' },
  decline_assignment: { t: 'decline_assignment', note: '人在外地' },
  promise: { t: 'promise', due },
  extend: { t: 'extend', until: due, note: '等配件' },
  suspend: { t: 'suspend', note: '回老家了' },
  resume: { t: 'resume' },
  coordinate: { t: 'coordinate', agreed: true, parties: [{ name: '物业', promise: '换锁' }] },
  hand_up: { t: 'hand_up', to: '区城管局', note: '附照片' },
  answered: { t: 'answered', note: '下月施工' },
  contact: { t: 'contact', note: '告诉他了' },
  urge: { t: 'urge' },
  dispute: { t: 'dispute', note: '没修好' },
  effect: { t: 'effect', asking: 'raiser', helped: 'partly' },
  close: { t: 'close' },
  merge: { t: 'merge', into: 'doc' },
  unmerge: { t: 'unmerge', note: '两回事' },
  attach: { t: 'attach', file: 'f', media: 'image/jpeg', size: 1 },
}
const line = (event: EventBody): TimelineView => ({ id: 'x', what: event.t, event, by: '王', mine: false, at: due })

for (const language of ['en', 'zh-CN']) {
  setLanguage(language)
  const w = words.value
  it.each(Object.values(EVENTS))('has a sentence for $t', (event) => {
    const says = eventSays(line(event), NOW, w)
    expect(says).not.toBe('')
    expect(says).not.toBe(w.events.unknown)
    expect(says).not.toMatch(/undefined|=>/)
    if (event.note) expect(says).toContain(event.note)
  })
}

it('tells the day of what was put off or promised', () => {
  expect(eventSays(line(EVENTS.extend), NOW, zhCN)).toBe('延到 今天：等配件')
  expect(eventSays(line({ t: 'extend', until: due + 5 * 86_400, note: '等配件' }), NOW, zhCN)).toBe('延到 11 月 28 日：等配件')
  expect(eventSays(line({ t: 'suspend', until: due + 5 * 86_400, note: '回老家' }), NOW, zhCN)).toBe('先放到 11 月 28 日：回老家')
})

it('has a form for every action but a photo, which has one of its own', () => {
  const filled = {
    ...emptyState(),
    path: 'now' as const,
    to: 'm',
    due: 'week' as const,
    note: '一句话',
    agreed: 'no' as const,
    department: '区城管局',
    asking: 'raiser',
    helped: 'yes' as const,
    into: 'doc',
  }
  for (const action of Object.keys(EVENTS).filter((t) => t !== 'attach')) {
    const made = toEvent(action, filled, NOW, zhCN)
    expect('event' in made && made.event.t, action).toBe(action)
  }
})
