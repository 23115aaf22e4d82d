// The desktop window, driven through WebKitWebDriver under Xvfb: join, record in Chinese, see it in the list. It keeps the shell honest;
// the pages themselves are tested in the browser.

import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { bin, check, finish, output, start, street, until } from '../browser/parts.mjs'

const KEY = 'element-6066-11e4-a52e-4f735466cecf'

const free = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

const display = `:${90 + (process.pid % 900)}`
const xvfb = await start('Xvfb', [display, '-screen', '0', '800x1000x24', '-nolisten', 'tcp'])
await until('Xvfb', () => existsSync(`/tmp/.X11-unix/X${display.slice(1)}`) || xvfb.child.exitCode !== null)

const town = await street()
const port = await free()
const env = {
  DISPLAY: display,
  TAURI_WEBVIEW_AUTOMATION: 'true',
  LIBGL_ALWAYS_SOFTWARE: '1',
  GDK_BACKEND: 'x11',
  NO_AT_BRIDGE: '1',
  // No keyring here, on purpose: the shell must say so and go on with a key file.
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
  BEEHIVE_DATA_DIR: town.data('window'),
}
// Its own process group: the driver starts the window and WebKit's helpers.
const driver = await start('/usr/bin/WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { env, group: true })

async function ask(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) })
  const { value } = await answer.json()
  if (!answer.ok) throw new Error(`${value?.error}: ${value?.message}`)
  return value
}
await until('the driver', () => ask('GET', '/status').then(() => true))

const options = { binary: join(bin, 'beehive-app'), args: [] }
const session = await until('a window', async () => {
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } })
  return `/session/${sessionId}`
})

const text = () => ask('POST', `${session}/execute/sync`, { script: 'return document.body.innerText', args: [] })
const sees = (words) => until(words, async () => (await text()).includes(words))
const find = (xpath) => until(xpath, () => ask('POST', `${session}/element`, { using: 'xpath', value: xpath }))
const tap = async (xpath) => {
  const element = await find(xpath)
  await until(`to tap ${xpath}`, () => ask('POST', `${session}/element/${element[KEY]}/click`, {}).then(() => true))
}
const type = async (xpath, words) => {
  const element = await find(xpath)
  await ask('POST', `${session}/element/${element[KEY]}/value`, { text: words })
}
const shot = async (name) => writeFileSync(join(output('window'), `${name}.png`), Buffer.from(await ask('GET', `${session}/screenshot`), 'base64'))

await check('the window opens on the welcome page', async () => {
  await sees('欢迎加入蜂巢微网格')
  await shot('enroll')
})

await check('without a keyring the key is in a file and the log says so', () => {
  if (!existsSync(join(town.data('window'), 'store.key'))) throw new Error('no key file')
})

await check('joining with an invitation', async () => {
  await type('//textarea', town.invite('m-001'))
  await tap('//button[contains(., "加入")]')
  await sees('记一件')
  await shot('today')
})

await check('recording in Chinese and seeing it in the list', async () => {
  await tap('//a[contains(., "记一件")]')
  await type('(//textarea)[1]', '三楼的灯不亮')
  await shot('record')
  await tap('//button[contains(., "存下")]')
  await sees('存好了')
  await tap('//a[contains(., "清单")]')
  await sees('三楼的灯不亮')
  await sees('已送达')
  await shot('lists')
})

await check('it is at the server', async () => {
  await until('the document at the server', () => JSON.parse(town.admin('documents', '--json')).length === 1)
})

await ask('DELETE', session).catch(() => {})
await driver.stop()
await xvfb.stop()
await finish()
