import type { LifeView, MatterView, NeedsEyesView, RowView, TimelineView } from '@beehive/shared/api'
import { zhCN as w } from '@beehive/shared/words/zh-CN'
import { describe, expect, it } from 'vitest'
import { eventSays, otherWays, sides, whatNext } from './says'

const NOW = new Date('2026-11-23T18:30:00+08:00')
const at = (text: string) => Math.floor(new Date(text).getTime() / 1000)
const line = (change: Partial<TimelineView>): TimelineView => ({ id: 'x', what: 'step', by: '王书记', mine: false, at: 0, ...change })
const row = { status: 'working', conflict: false, needs_eyes: [] } as unknown as RowView
const matter = (change: Partial<RowView>, rest: Partial<MatterView> = {}, life: Partial<LifeView> = {}) =>
  ({
    row: { ...row, ...change },
    offers: [],
    waiting_for: [],
    assignees: [],
    life: { deadlines: change.due === undefined ? [] : [{ what: 'assigned', at: change.due }], askings: [], ...life },
    ...rest,
  }) as unknown as MatterView
const next = (m: MatterView) => whatNext(m, 'm-li', NOW, w)

describe('the timeline', () => {
  it('says events as people would', () => {
    expect(eventSays(line({ event: { t: 'accept', path: 'coordinate', note: '要物业和业委会一起定' } }), NOW, w)).toBe(
      '定为协调办：要物业和业委会一起定',
    )
    const due = at('2026-11-25T23:59:00+08:00')
    expect(eventSays(line({ event: { t: 'assign', to: 'm', help: [], due, note: '' }, to: '物业小陈' }), NOW, w)).toBe(
      '派给物业小陈来办，11 月 25 日前',
    )
    expect(eventSays(line({ event: { t: 'step', note: '物业答应周三修' } }), NOW, w)).toBe('物业答应周三修')
    expect(eventSays(line({ what: 'created' }), NOW, w)).toBe('记下来了')
    expect(eventSays(line({ what: 'unknown', event: undefined }), NOW, w)).toBe('新版本才有的一步，更新后能看')
  })

  it('stands an event whose empty note was left out on the wire', () => {
    const event = JSON.parse('{"t":"resolve"}') as TimelineView['event']
    expect(eventSays(line({ what: 'resolve', event }), NOW, w)).toBe('办好了')
  })
})

describe('what happens next', () => {
  it('names the reader when it is their turn, and the others when it is not', () => {
    expect(next(matter({ status: 'reported' }, { offers: [{ action: 'accept', primary: true }] })).sentence).toBe('你来定怎么办')
    expect(next(matter({ status: 'reported' }, { waiting_for: ['王书记'] })).sentence).toBe('等王书记定怎么办')
    expect(next(matter({ status: 'reported' })).sentence).toBe('等网格长定怎么办')
    expect(next(matter({ status: 'accepted' }, { offers: [{ action: 'assign', primary: true }] })).sentence).toBe('你来派给谁办')
    expect(next(matter({ assignee: '李秀英' }, { assignees: ['m-li'] })).sentence).toBe('你来办')
    // Somebody else of the same name.
    expect(next(matter({ assignee: '李秀英' }, { assignees: ['m-other'] })).sentence).toBe('李秀英来办')
  })

  it('says by when, and says so when that has passed', () => {
    expect(next(matter({ assignee: '物业小陈', due: at('2026-11-25T23:59:00+08:00') }))).toEqual({
      sentence: '物业小陈来办',
      hint: '11 月 25 日前办好',
    })
    expect(next(matter({ assignee: '物业小陈', due: at('2026-11-22T23:59:00+08:00') })).hint).toBe('11 月 22 日前该办好，已经过了')
  })

  it('follows each way: meetings in vain, a higher department, whoever has not said whether they take it', () => {
    const talked = { path: 'coordinate' as const, assignee: '物业小陈' }
    expect(next(matter(talked, {}, { failed_meetings: 2 })).sentence).toBe('谈了两次没谈成，等网格长换一种办法')
    const outside = { to: '区城管局', number: 'CG-77', since: 0, answered: false }
    expect(next(matter({ path: 'track' }, {}, { outside })).sentence).toBe('区城管局在办，等回话')
    expect(next(matter({ path: 'track' }, { offers: [{ action: 'hand_up', primary: true }] })).sentence).toBe('你来报给上级')
    const assignment = { to: '物业小陈', to_id: 'm', mine: false, help: [], answer: 'pending' as const }
    expect(next(matter({ status: 'accepted', assignee: '物业小陈' }, {}, { assignment })).sentence).toBe('等物业小陈说接不接')
  })

  it('has a sentence for wherever a matter stands', () => {
    const all: RowView['status'][] = ['reported', 'returned', 'accepted', 'working', 'suspended', 'disputed', 'resolved', 'closed', 'declined', 'merged', 'withdrawn']
    for (const status of all) expect(next(matter({ status }, {}, { merged_title: '' })).sentence).not.toBe('')
  })

  it('puts a disagreement first', () => {
    expect(next(matter({ conflict: true, assignee: '李秀英' })).sentence).toBe('先把不一样的定下来')
  })
})

describe('events that cannot both hold', () => {
  const timeline = [
    line({ id: 'b', at: 2, what: 'accept', event: { t: 'accept', path: 'track', note: '' } }),
    line({ id: 'z', at: 3 }),
    line({ id: 'a', at: 1, what: 'accept', event: { t: 'accept', path: 'now', note: '' } }),
  ]
  const eyes = (change: Partial<NeedsEyesView>): NeedsEyesView => ({ reason: 'two_paths', events: ['a', 'b'], settle_by: ['accept'], ...change })

  it('shows both sides in the order they were said', () => {
    expect(sides(eyes({}), timeline).map((s) => s.line.id)).toEqual(['a', 'b'])
  })

  it('lets only who may settle it choose', () => {
    expect(sides(eyes({}), timeline).every((s) => s.choosable)).toBe(true)
    expect(sides(eyes({ settle_by: [] }), timeline).some((s) => s.choosable)).toBe(false)
  })

  it('offers the ways that are no simple choice apart', () => {
    expect(otherWays(eyes({}), timeline)).toEqual([])
    expect(otherWays(eyes({ settle_by: ['resolve', 'reopen'] }), timeline)).toEqual(['resolve', 'reopen'])
  })
})
