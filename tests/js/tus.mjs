// The server speaks tus 1.0 as its reference client does: tus-js-client, unchanged, brings a photo, goes on where the link broke, and is
// told at once when the photo is there already.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { bin, check, equal, finish, need, street } from '../browser/parts.mjs'

const tus = need('tus-js-client')
const town = await street()
const phone = (...args) => execFileSync(join(bin, 'beehive-phone'), ['--data', town.data('a'), ...args], { encoding: 'utf8' }).trim()
phone('enroll', town.invite('m-001'))

/** A device of its own: the address of the server and a credential are all that tus-js-client gets. */
async function credential() {
  const code = new URLSearchParams(town.invite('m-001').split('?')[1]).get('c')
  const body = JSON.stringify({ v: 1, code, device_name: 'tus' })
  const answer = await fetch(`${town.url}/v1/enroll`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  equal(answer.status, 200, 'enrolment')
  return (await answer.json()).credential
}
const Authorization = `Bearer ${await credential()}`

/** A picture of noise as PNG, so that it stays large. */
function noise(seed) {
  const side = 700
  let x = seed
  const random = () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24
  const rows = Buffer.alloc(side * (1 + 3 * side))
  for (let i = 0; i < rows.length; i += 1) rows[i] = i % (1 + 3 * side) === 0 ? 0 : random()
  const crcs = Array.from({ length: 256 }, (_, n) => [...Array(8)].reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n) >>> 0)
  const crc = (bytes) => (bytes.reduce((c, b) => crcs[(c ^ b) & 0xff] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const ends = [Buffer.alloc(4), Buffer.alloc(4)]
    ends[0].writeUInt32BE(data.length)
    ends[1].writeUInt32BE(crc(body))
    return Buffer.concat([ends[0], body, ends[1]])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', Buffer.alloc(0))])
}

/** A record whose photo the server has been told of, but has not got; its bytes are those that the phone keeps. */
function recorded(seed) {
  const file = join(town.data('a'), `noise-${seed}.png`)
  writeFileSync(file, noise(seed))
  const doc = phone('record', 'finding', '--title', `有照片 ${seed}`, '--photo', file)
  phone('sync', '--no-files')
  const { files } = JSON.parse(phone('files', '--json'))
  const { hash } = files.find((f) => f.id === doc && !f.small)
  const out = town.data(`${hash}.jpg`)
  phone('fetch', hash, '--out', out)
  const bytes = readFileSync(out)
  equal(createHash('sha256').update(bytes).digest('hex'), hash, 'the name of the file')
  return { doc, hash, bytes }
}

/** A link to the server that breaks once after so many bytes, and works again from then on. */
async function link(breaksAfter) {
  let left = breaksAfter
  const server = createServer((from) => {
    const to = connect(new URL(town.url).port, '127.0.0.1')
    const end = () => [from, to].forEach((socket) => socket.destroy())
    from.on('data', (bytes) => {
      const whole = bytes.length <= left
      to.write(whole ? bytes : bytes.subarray(0, left))
      left -= bytes.length
      if (whole) return
      left = Infinity
      breaks += 1
      // What passed arrives before the end does.
      to.end()
      from.destroy()
    })
    to.on('data', (bytes) => from.write(bytes))
    for (const socket of [from, to]) socket.on('error', end).on('close', end)
  })
  let breaks = 0
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, breaks: () => breaks, close: () => server.close() }
}

/** Uploads as an application would; resolves with the methods of the requests made. */
function upload({ doc, hash, bytes }, url, more = {}) {
  const methods = []
  const offsets = []
  return new Promise((resolve, reject) => {
    const job = new tus.Upload(bytes, {
      endpoint: `${url}/v1/files`,
      headers: { Authorization },
      metadata: { sha256: hash, doc, media: 'image/jpeg', filename: '照片.jpg' },
      chunkSize: 64 * 1024,
      retryDelays: [0, 50, 100],
      onBeforeRequest: (request) => void methods.push(request.getMethod()),
      onAfterResponse: (request, response) => {
        if (request.getMethod() === 'HEAD') offsets.push(Number(response.getHeader('Upload-Offset')))
      },
      onError: reject,
      onSuccess: () => resolve({ methods, offsets, url: job.url }),
      ...more,
    })
    job.start()
  })
}

/** The bytes the server gives back. */
async function given(hash) {
  const answer = await fetch(`${town.url}/v1/files/${hash}`, { headers: { Authorization } })
  return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : answer.status
}

await check('tus-js-client uploads a photo', async () => {
  const photo = recorded(1)
  if (photo.bytes.length < 150_000) throw new Error(`only ${photo.bytes.length} bytes`)
  equal(await given(photo.hash), 404, 'before')
  const { methods } = await upload(photo, town.url)
  equal(methods[0], 'POST', 'first request')
  equal(methods.filter((m) => m === 'PATCH').length, Math.ceil(photo.bytes.length / 65_536), 'parts')
  equal(photo.bytes.equals(await given(photo.hash)), true, 'the same bytes')
})

await check('tus-js-client goes on where the link broke', async () => {
  const photo = recorded(2)
  const broken = await link(100_000)
  const { offsets } = await upload(photo, broken.url)
  broken.close()
  equal(broken.breaks(), 1, 'breaks')
  if (!(offsets[0] >= 65_536 && offsets[0] < 100_000)) throw new Error(`went on at ${offsets}`)
  equal(photo.bytes.equals(await given(photo.hash)), true, 'the same bytes')
})

await check('another tus-js-client goes on with what an application that ended had begun', async () => {
  const photo = recorded(3)
  const place = await new Promise((resolve, reject) => {
    const job = new tus.Upload(photo.bytes, {
      endpoint: `${town.url}/v1/files`,
      headers: { Authorization },
      metadata: { sha256: photo.hash, doc: photo.doc, media: 'image/jpeg' },
      chunkSize: 50_000,
      retryDelays: null,
      onChunkComplete: () => void job.abort().then(() => resolve(job.url), reject),
      onError: reject,
    })
    job.start()
  })
  const { methods, offsets } = await upload(photo, town.url, { uploadUrl: place })
  equal(methods[0], 'HEAD', 'first request')
  if (offsets[0] < 50_000) throw new Error(`went on at ${offsets}`)
  equal(photo.bytes.equals(await given(photo.hash)), true, 'the same bytes')
})

await check('the phone finds the photo there and sends nothing twice', () => {
  const outcome = JSON.parse(phone('sync', '--json'))
  equal(outcome.files_left, 0, 'left')
  const { files } = JSON.parse(phone('files', '--json'))
  equal(files.every((f) => f.state === 'delivered'), true, 'all delivered')
  equal(JSON.parse(town.admin('doctor', '--json')).counts.files, files.length, 'files at the server')
})

await check('a file that no record names is not taken', async () => {
  const bytes = Buffer.from('nobody asked for this')
  const hash = createHash('sha256').update(bytes).digest('hex')
  const { doc } = recorded(4)
  const refused = await upload({ doc, hash, bytes }, town.url, { retryDelays: null }).catch((error) => error)
  equal(refused.originalResponse?.getStatus(), 403, 'status')
  equal(JSON.parse(refused.originalResponse.getBody()).code, 'file_not_named', 'code')
})

await finish()
