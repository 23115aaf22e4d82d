// The documents the server holds are Automerge documents like any other: the JavaScript implementation reads the same values, the same
// conflicts and the same winners, and what it saves again loads as the same.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, check, equal, finish, need, street } from '../browser/parts.mjs'

const A = need('@automerge/automerge')
const town = await street()
const phone = (name, ...args) => execFileSync(join(bin, 'beehive-phone'), ['--data', town.data(name), ...args], { encoding: 'utf8' }).trim()

for (const [name, member] of [['a', 'm-001'], ['b', 'm-004']]) phone(name, 'enroll', town.invite(member))

const sync = (...names) => names.forEach((name) => phone(name, 'sync'))
const plain = phone('a', 'record', 'demand', '--title', '陈大爷要人帮忙买菜', '--detail', '每周二、周五', '--category', 'errand')
const disputed = phone('a', 'record', 'finding', '--title', '二单元门禁坏了')
const settled = phone('a', 'record', 'request', '--title', '路灯不亮', '--asker', '王阿姨')
sync('a', 'b')
for (const id of [disputed, settled]) {
  phone('a', 'set', id, 'detail', '门锁打不开')
  phone('b', 'set', id, 'detail', '刷卡没反应，门能推开')
}
phone('b', 'act', disputed, 'accept', '--args', '{"path":"coordinate"}', '--note', '要物业一起定')
sync('a', 'b', 'a')
const winner = JSON.parse(phone('a', 'show', settled, '--json')).facts.detail[0].value
// Choosing the value that wins already is the case in which Automerge emits a delete.
phone('a', 'set', settled, 'detail', winner)
sync('a', 'b')

/** What the phone shows of a document, as keys and values. */
function expected(id) {
  const shown = JSON.parse(phone('a', 'show', id, '--json'))
  const facts = Object.entries(shown.facts).map(([field, values]) => [`f.${field}`, values.map((v) => v.value)])
  const events = shown.timeline.filter((t) => t.event).map((t) => [`e.${t.id}`, t.event])
  return { shown, facts: new Map(facts), events: new Map(events) }
}

const text = (value) => (A.isImmutableString(value) ? value.toString() : value)

for (const [name, id] of Object.entries({ plain, disputed, settled })) {
  const file = town.data(`dump-${name}`)
  town.admin('dump', id, '--out', file)
  const bytes = readFileSync(file)
  const doc = A.load(bytes)

  await check(`${name}: the same facts, conflicts and winners`, () => {
    const { facts } = expected(id)
    equal(Object.keys(doc).filter((k) => k.startsWith('f.')).sort().join(), [...facts.keys()].sort().join(), 'fields')
    for (const [key, values] of facts) {
      equal(text(doc[key]), values[0], `the winner of ${key}`)
      const beside = Object.values(A.getConflicts(doc, key) ?? { only: doc[key] }).map(text)
      equal(beside.sort().join('|'), [...values].sort().join('|'), `the values of ${key}`)
    }
  })

  await check(`${name}: the same events and heads`, () => {
    const { shown, events } = expected(id)
    equal(Object.keys(doc).filter((k) => k.startsWith('e.')).sort().join(), [...events.keys()].sort().join(), 'event keys')
    for (const [key, event] of events) {
      const stored = JSON.parse(text(doc[key]))
      for (const field of Object.keys(event)) equal(JSON.stringify(stored[field]), JSON.stringify(event[field]), `${key} ${field}`)
    }
    equal(text(doc['h.kind']), shown.kind, 'kind')
    equal(text(doc['h.scope']), shown.scope, 'scope')
    equal(text(doc['h.created_by']), shown.created_by, 'created_by')
    equal(doc['h.created_at'], shown.created_at, 'created_at')
  })

  await check(`${name}: what JavaScript saves again is the same document`, () => {
    const again = A.load(A.save(doc))
    equal(A.getHeads(again).join(), A.getHeads(doc).join(), 'heads')
    equal(JSON.stringify(again), JSON.stringify(doc), 'values')
  })
}

await check('the conflict is there before, and gone after somebody chose', () => {
  equal(expected(disputed).facts.get('f.detail').length, 2, 'values before')
  equal(expected(settled).facts.get('f.detail').length, 1, 'values after')
})

await finish()
