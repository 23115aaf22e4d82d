// A small day between programs of different releases: one phone's, another phone's, the server's. Says what each of them shows in the end,
// and with --record keeps every exchange as the fixtures of tests/tests/first_release are kept.
//   node tests/js/releases.mjs --server BIN_DIR --a BIN_DIR --b BIN_DIR [--record DIR]
// BIN_DIR holds `sync-server` and `beehive-phone` of a release. Not part of `make test`: it needs programs that are not built there.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as ask } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const option = (name) => {
  const at = process.argv.indexOf(`--${name}`)
  return at > 0 ? process.argv[at + 1] : undefined
}
const folder = mkdtempSync(join(tmpdir(), 'beehive-releases-'))
const record = option('record')
const exchanges = []
let faults = 0
const say = (ok, what) => {
  faults += ok ? 0 : 1
  console.log(`${ok ? 'ok  ' : 'BAD '} ${what}`)
}

/** Between a phone and the server: everything that passes is kept. */
async function relay(who, to) {
  const server = createServer(async (from, answer) => {
    const parts = []
    for await (const part of from) parts.push(part)
    const body = Buffer.concat(parts)
    const on = ask({ host: to.hostname, port: to.port, method: from.method, path: from.url, headers: { ...from.headers, host: to.host } }, async (back) => {
      const got = []
      for await (const part of back) got.push(part)
      const bytes = Buffer.concat(got)
      exchanges.push({ who, method: from.method, path: from.url, status: back.statusCode, body, bytes })
      answer.writeHead(back.statusCode, back.headers)
      answer.end(bytes)
    })
    on.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() }
}

// The server
const program = join(option('server'), 'sync-server')
const data = join(folder, 'server')
execFileSync(program, ['--data', data, 'init', '--demo', 'small'])
const ready = join(folder, 'ready')
const running = spawn(program, ['--data', data, 'serve', '--listen', '127.0.0.1:0', '--ready-file', ready], { stdio: 'ignore' })
while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 20))
const server = new URL(`http://${readFileSync(ready, 'utf8').trim()}`)
const relays = []

/** A phone of a release. Commands run beside the relay, so none may block this program. */
async function phone(name, dir, member) {
  const line = await relay(name, server)
  relays.push(line)
  const command = (args) =>
    new Promise((resolve) => {
      const child = spawn(join(dir, 'beehive-phone'), ['--data', join(folder, name), ...args])
      let [out, err] = ['', '']
      child.stdout.on('data', (d) => (out += d))
      child.stderr.on('data', (d) => (err += d))
      child.once('close', (code) => resolve({ code, out: out.trim(), err: err.trim() }))
    })
  const me = {
    name,
    command,
    run: async (...args) => {
      const ran = await command(args)
      if (ran.code !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${ran.code} ${ran.err}`)
      return ran.out
    },
    json: async (...args) => JSON.parse(await me.run(...args, '--json')),
    sync: async () => {
      for (let i = 0; i < 5; i += 1) {
        const outcome = await me.json('sync')
        if (outcome.refused) throw new Error(`${name}: ${JSON.stringify(outcome)}`)
        if (outcome.done && outcome.sent + outcome.received === 0) return
      }
    },
    enroll: async () => {
      const invited = execFileSync(program, ['--data', data, 'invite', member, '--url', line.url], { encoding: 'utf8' }).trim()
      await me.run('enroll', invited)
    },
    show: (id) => me.json('show', id),
    act: (id, action, args = {}, note = '') => me.json('act', id, action, '--note', note, '--args', JSON.stringify(args)),
  }
  return me
}
const same = async (phones, id, what) => {
  const shown = await Promise.all(phones.map((p) => p.show(id)))
  say(new Set(shown.map((s) => s.digest)).size === 1, `${what}: the same changes on ${phones.map((p) => p.name).join(', ')}`)
  return shown
}

const versions = ['server', 'a', 'b'].map((of) => `${of} = ${spawnSync(join(option(of), of === 'server' ? 'sync-server' : 'beehive-phone'), ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
console.log(versions.join('; '))
try {
  const a = await phone('a', option('a'), 'm-001')
  const lead = await phone('lead', option('b'), 'm-004')
  await a.enroll()
  await lead.enroll()
  const both = async () => {
    for (const one of [a, lead, a, lead]) await one.sync()
  }

  const make = (kind, title, ...more) => a.json('record', kind, '--title', title, '--building', '1 栋', ...more).then((r) => r.id)
  const lamp = await make('finding', '楼梯间的灯不亮', '--unit', '1', '--category', 'electric', '--detail', '三楼四楼都黑')
  const leak = await make('demand', '水管漏水', '--unit', '2', '--door', '402', '--category', 'repair', '--asker', '陈大爷', '--urgency', 'soon')
  const picture = join(folder, 'picture.png')
  writeFileSync(picture, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64'))
  const done = await make('finding', '过道堆了纸箱', '--category', 'clutter', '--resolved', '和住户一起搬走了', '--photo', picture)
  await both()
  for (const id of [lamp, leak, done]) await same([a, lead], id, 'three records')

  await lead.act(lamp, 'accept', { path: 'now' })
  await lead.act(lamp, 'assign', { to: 'm-001', help: ['m-002'] }, '尽快')
  await lead.act(leak, 'accept', { path: 'coordinate' })
  await both()
  await a.act(lamp, 'step', {}, '已联系物业')
  await a.run('set', leak, 'title', '二单元水管漏水')
  await lead.run('set', leak, 'title', '402 水管漏水')
  await both()
  const [conflict] = await same([a, lead], leak, 'two values of one fact')
  say(conflict.facts.title.length === 2, 'both values stand')
  await lead.run('set', leak, 'title', '402 水管漏水')
  await a.act(lamp, 'resolve', {}, '换了灯泡')
  await both()
  const [settled] = await same([a, lead], lamp, 'the whole life')
  say(settled.status === 'resolved', `the lamp is ${settled.status}`)

  const c = await phone('c', option('a'), 'm-002')
  await c.enroll()
  await c.sync()
  for (const id of [lamp, leak, done]) await same([a, c, lead], id, 'a phone that comes late')

  const afterwards = async () => {
    await both()
    const [seen] = await same([a, lead], leak, 'newer events')
    console.log(`     a shows of them: ${seen.timeline.map((line) => line.what).join(' ')}; status ${seen.status}`)
    await same([a, lead], done, 'a newer outcome')
    const d = await phone('d', option('a'), 'm-003')
    await d.enroll()
    await d.sync()
    for (const id of [lamp, leak, done]) await same([a, d, lead], id, 'a phone that comes after newer events')
    console.log(`     d lists: ${(await d.json('list')).rows.map((r) => `${r.title} ${r.status}`).join('; ')}`)
    await d.act(leak, 'step', {}, '旧版接着写')
    await d.sync()
    await both()
    await same([a, d, lead], leak, 'and goes on')
  }

  // What only a newer program knows: an older one keeps it, shows it as such, and goes on.
  const newer = await lead.command(['act', leak, 'suspend', '--note', '等住户回来', '--json'])
  if (newer.code === 0) {
    await lead.act(leak, 'resume', {}, '回来了')
    await lead.act(leak, 'coordinate', { at: 0, parties: [{ name: '物业', promise: '周三换管' }], agreed: true }, '谈成了')
    await lead.act(done, 'close', {}, '看过了')
    await lead.run('record', 'request', '--title', '新版记的', '--building', '1 栋')
    const outcome = await lead.json('sync')
    if (outcome.refused > 0) {
      // An older server cannot judge what it does not know. It must keep it, and everything it does know must have gone through.
      const { entries } = await lead.json('refused')
      console.log(`     the older server: ${entries.map((e) => `${e.title}: ${e.held ? 'held' : 'refused'} (${e.code}${e.why ? ` ${e.why}` : ''}), ${e.says.length} lines, next ${e.next}`).join('; ')}`)
      say(outcome.sent > 0, 'what the older server knows was stored beside it')
      const status = await lead.json('status')
      say(status.unsent === 0, `nothing waits in vain: ${status.refused} refused, ${status.held} held`)
      const { files } = await lead.json('files')
      console.log(`     files: ${JSON.stringify(files.map((f) => f.state))}`)
    } else await afterwards()
  } else console.log(`     lead knows no newer action: exit ${newer.code} ${newer.err}`)
  for (const one of [a, lead, c]) {
    const status = await one.json('status')
    console.log(`     ${one.name}: ${status.unsent} unsent, ${status.refused} refused, ${status.held ?? 0} held, ${status.repaired} repaired`)
    say(status.unsent === 0 && status.repaired === 0, `${one.name}: nothing unsent or repaired`)
  }
} catch (error) {
  say(false, error.message)
}
relays.forEach((line) => line.stop())
running.kill('SIGTERM')

if (record) {
  rmSync(record, { recursive: true, force: true })
  mkdirSync(record, { recursive: true })
  const index = exchanges.map(({ who, method, path, status, body, bytes }, n) => {
    const name = `${String(n).padStart(2, '0')}-${who}`
    writeFileSync(join(record, `${name}.request`), body)
    writeFileSync(join(record, `${name}.response`), bytes)
    return { name, who, method, path, status }
  })
  writeFileSync(join(record, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
  console.log(`${index.length} exchanges, ${exchanges.reduce((sum, e) => sum + e.body.length + e.bytes.length, 0)} bytes`)
}
console.log(faults === 0 ? 'all well' : `${faults} faults`)
rmSync(folder, { recursive: true, force: true })
process.exit(faults === 0 ? 0 : 1)
