// Opens every screen at the sizes that count, takes its picture, and lets axe-core judge it.
//   node phone/test/screens.mjs [--url URL] [--out DIR] [--only NAME] [--look NAME,NAME]
// Without an address it serves the sources with the fake engine; with one it looks at a real host (which must be enrolled).
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at > 0 ? process.argv[at + 1] : otherwise
}
const out = resolve(option('out', join(here, '../../../tmp/screens')))
const only = option('only')
const looks = option('look')?.split(',')
const address = option('url')
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Ways to look: size, text, theme; `zoom` is the phone's own font scale. */
const LOOKS = [
  { name: 'small', width: 360, height: 640 },
  { name: 'smalldark', width: 360, height: 640, theme: 'dark' },
  { name: 'usual', width: 412, height: 915 },
  { name: 'dark', width: 412, height: 915, theme: 'dark' },
  { name: 'tablet', width: 800, height: 1280 },
  { name: 'tabletdark', width: 800, height: 1280, theme: 'dark' },
  { name: 'large', width: 412, height: 915, text: 'large' },
  { name: 'largedark', width: 360, height: 740, text: 'large', theme: 'dark' },
  { name: 'scale200', width: 412, height: 915, zoom: 2 },
]

const open = (title) => async (page) => {
  await page.getByRole('link', { name: title }).first().click()
  await page.locator('h1', { hasText: title }).waitFor()
}
const go = (path) => async (page) => {
  await page.evaluate((p) => (location.hash = p), path)
  await page.locator('h1').first().waitFor({ state: 'attached' })
}
const press = (page, name) => page.getByRole('button', { name, exact: true }).click()
const sheet = (page) => page.getByRole('dialog').waitFor()
const photograph = async (page, n) => {
  await page.locator('input[multiple]').setInputFiles(Array.from({ length: n }, (_, i) => ({ name: `${i}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(`photo ${i}`) })))
  await page.getByRole('button', { name: `不要第 ${n} 张照片` }).waitFor()
}

const SCREENS = [
  { name: 'enroll', scene: 'enroll' },
  { name: 'enroll-error', scene: 'enroll', steps: async (p) => (await p.getByLabel('邀请').fill('abc'), await press(p, '加入'), await p.getByRole('alert').waitFor()) },
  { name: 'enroll-leave', scene: 'enroll', steps: async (p) => (await p.getByLabel('邀请').fill('beehive://other-street'), await press(p, '加入'), await p.getByRole('alert').waitFor()) },
  { name: 'damaged', scene: 'damaged' },
  { name: 'damaged-open', scene: 'damaged', steps: async (p) => (await p.locator('.damage .say').click(), await p.locator('.damage .more').waitFor()) },
  { name: 'today', scene: 'offline' },
  { name: 'today-look' },
  { name: 'today-empty', scene: 'empty' },
  { name: 'lists', scene: 'calm', steps: go('/lists') },
  { name: 'lists-none', scene: 'calm', steps: async (p) => (await go('/lists')(p), await p.getByLabel('找一找').fill('飞机'), await p.getByText('没有找到').waitFor()) },
  { name: 'lists-many', scene: 'many', steps: async (p) => (await go('/lists')(p), await p.getByText('一共 10008').waitFor(), await p.locator('main').evaluate((e) => (e.scrollTop = 400_000)), await p.getByText(/第 [1-4]\d{3} 件/).first().waitFor()) },
  { name: 'record', scene: 'calm', steps: go('/record') },
  {
    name: 'record-typing',
    scene: 'calm',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByText('堆物', { exact: true }).click()
      await p.getByLabel('什么事？').fill('五楼过道堆了旧家具和纸箱，把消防栓挡住了')
      await p.getByText('有人记过差不多的').waitFor()
    },
  },
  {
    name: 'similar',
    scene: 'calm',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByLabel('什么事？').fill('五楼过道堆放旧家具，把消防栓挡住了')
      await p.getByRole('button', { name: '楼道堆放旧家具' }).click()
      await sheet(p)
    },
  },
  {
    name: 'similar-again',
    scene: 'calm',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByLabel('什么事？').fill('燃气软管又老化开裂')
      await p.getByRole('button', { name: '办结过' }).click()
      await sheet(p)
    },
  },
  {
    name: 'similar-joined',
    scene: 'calm',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByLabel('什么事？').fill('五楼过道堆放旧家具，把消防栓挡住了')
      await p.getByRole('button', { name: '楼道堆放旧家具' }).click()
      await press(p, '是同一件事')
      await p.getByText('也有人反映').first().waitFor()
    },
  },
  {
    name: 'record-done',
    scene: 'calm',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByText('代居民报', { exact: true }).click()
      await p.getByLabel('什么事？').fill('陈大爷家的水龙头一直滴水')
      await press(p, '已经办好了')
      await p.getByText('草稿已存').waitFor()
      await p.locator('main').evaluate((e) => (e.scrollTop = 9_999))
    },
  },
  { name: 'record-missing', scene: 'calm', steps: async (p) => (await go('/record')(p), await press(p, '存下'), await p.getByRole('alert').waitFor()) },
  {
    name: 'grid',
    scene: 'grids',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByLabel('什么事？').fill('菜市场门口的井盖松了')
      await press(p, '存下')
      await sheet(p)
      await p.getByText('第四微网格').click()
      await p.getByRole('button', { name: '存到这个网格' }).waitFor()
    },
  },
  { name: 'place-gone', scene: 'gone', steps: async (p) => (await go('/record')(p), await p.getByText('4 栋（已撤）').waitFor()) },
  { name: 'place-gone-pick', scene: 'gone', steps: async (p) => (await go('/record')(p), await p.getByText('4 栋（已撤）').waitFor(), await press(p, '存下'), await sheet(p)) },
  { name: 'place-building', scene: 'calm', steps: async (p) => (await go('/record')(p), await p.getByText('还没选地方').click(), await sheet(p)) },
  { name: 'place-door', scene: 'calm', steps: async (p) => (await go('/record')(p), await p.getByText('还没选地方').click(), await press(p, '3 栋'), await press(p, '1 单元'), await p.getByText('公共地方').waitFor()) },
  { name: 'place-words', scene: 'calm', steps: async (p) => (await go('/record')(p), await p.getByText('还没选地方').click(), await press(p, '7 栋'), await press(p, '402'), await p.getByText('就是这里').waitFor()) },
  {
    name: 'saved',
    scene: 'offline',
    steps: async (p) => {
      await go('/record')(p)
      await p.getByLabel('什么事？').fill('三楼水管漏水')
      await press(p, '存下')
      await p.getByText('存好了').waitFor()
    },
  },
  { name: 'matter', scene: 'calm', steps: open('楼道堆放旧家具') },
  { name: 'matter-facts', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await p.locator('main').evaluate((e) => (e.scrollTop = 9_999))) },
  { name: 'photos', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await p.getByText('正在送').waitFor(), await p.getByText('听录音').scrollIntoViewIfNeeded()) },
  { name: 'photo-large', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await press(p, '看第 1 张照片'), await sheet(p), await p.getByRole('dialog').locator('img').waitFor()) },
  { name: 'photo-far', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await press(p, '看第 3 张照片'), await p.getByText('看原图').waitFor()) },
  {
    name: 'attach',
    scene: 'calm',
    steps: async (p) => {
      await open('楼道堆放旧家具')(p)
      await press(p, '更多')
      await press(p, '加照片')
      await photograph(p, 2)
    },
  },
  { name: 'matter-conflict', scene: 'calm', steps: open('二单元门禁坏了') },
  { name: 'matter-eyes', scene: 'calm', steps: open('外墙瓷砖松动') },
  { name: 'matter-refused', steps: async (p) => (await go('/lists')(p), await open('井盖松动')(p)) },
  { name: 'matter-absent', scene: 'calm', steps: async (p) => (await go('/lists')(p), await p.getByLabel('找一找').fill('车位'), await p.getByRole('link', { name: '车位被占' }).click(), await p.getByRole('alert').waitFor()) },
  { name: 'more', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await press(p, '更多'), await sheet(p)) },
  { name: 'step', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await press(p, '记一步进展'), await sheet(p)) },
  {
    name: 'resolve-photo',
    scene: 'calm',
    steps: async (p) => {
      await open('楼道堆放旧家具')(p)
      await press(p, '更多')
      await press(p, '办好了')
      await p.getByRole('textbox', { name: '说一句（可以不写）' }).fill('和住户一起搬走了')
      await photograph(p, 1)
    },
  },
  {
    name: 'resolve-done',
    scene: 'calm',
    steps: async (p) => {
      await open('楼道堆放旧家具')(p)
      await press(p, '更多')
      await press(p, '办好了')
      await photograph(p, 1)
      await press(p, '存下')
      await p.getByText('记下了').waitFor()
      await p.locator('figcaption', { hasText: '办之后' }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'accept', scene: 'calm', steps: async (p) => (await go('/lists')(p), await open('楼梯间的灯不亮')(p), await press(p, '定怎么办'), await sheet(p)) },
  { name: 'assign', scene: 'calm', steps: async (p) => (await open('外墙瓷砖松动')(p), await press(p, '派给谁来办'), await sheet(p)) },
  { name: 'matter-life', scene: 'calm', steps: open('电动车充电桩') },
  { name: 'more-life', scene: 'calm', steps: async (p) => (await open('电动车充电桩')(p), await press(p, '更多'), await sheet(p)) },
  {
    name: 'coordinate',
    scene: 'calm',
    steps: async (p) => {
      await open('电动车充电桩')(p)
      await press(p, '记一次碰头')
      await p.getByText('没谈成', { exact: true }).last().click()
      await press(p, '再加一方')
      await p.getByLabel('谁', { exact: true }).fill('物业')
    },
  },
  ...['延几天', '报给上级', '给提的人回话', '先放一放', '并到另一件', '说好几时办好'].map((action) => ({
    name: `act-${action}`,
    scene: 'calm',
    steps: async (p) => (await open('电动车充电桩')(p), await press(p, '更多'), await press(p, action), await p.getByRole('dialog').nth(1).waitFor()),
  })),
  {
    name: 'effect',
    scene: 'calm',
    steps: async (p) => {
      await go('/lists')(p)
      await press(p, '未办完')
      await open('燃气软管老化')(p)
      await press(p, '有没有用')
      await p.getByText('没有用', { exact: true }).click()
    },
  },
  { name: 'lists-more', scene: 'calm', steps: async (p) => (await go('/lists')(p), await press(p, '更多选法'), await sheet(p)) },
  {
    name: 'lists-spot',
    scene: 'calm',
    steps: async (p) => (await go('/lists')(p), await press(p, '更多选法'), await p.getByText('按楼栋', { exact: true }).click(), await press(p, '看结果'), await p.getByRole('dialog').waitFor({ state: 'hidden' })),
  },
  { name: 'record-building', scene: 'building', steps: async (p) => (await go('/record')(p), await p.getByText('3 栋').waitFor()) },
  { name: 'today-end', scene: 'calm', steps: (p) => p.locator('main').evaluate((e) => (e.scrollTop = 9_999)) },
  { name: 'stand-in', scene: 'calm', steps: async (p) => (await go('/me')(p), await press(p, '请人代管'), await sheet(p), await p.getByText('王建国').click()) },
  { name: 'fact', scene: 'calm', steps: async (p) => (await open('楼道堆放旧家具')(p), await press(p, '改：哪一类'), await sheet(p)) },
  { name: 'look', steps: go('/look') },
  { name: 'look-untaken', scene: 'untaken', steps: go('/look') },
  { name: 'look-held', scene: 'untaken', steps: async (p) => (await go('/look')(p), await p.getByRole('heading', { name: '等负责人看的' }).scrollIntoViewIfNeeded()) },
  { name: 'refused-again', scene: 'untaken', steps: async (p) => (await go('/look')(p), await press(p, '改一改再送'), await p.locator('h1', { hasText: '记一件' }).waitFor(), await p.getByText('草稿已存').waitFor()) },
  { name: 'me-rescue', scene: 'untaken', steps: async (p) => (await go('/me')(p), await p.getByRole('heading', { name: '存成文件' }).scrollIntoViewIfNeeded()) },
  { name: 'me-rescued', scene: 'untaken', steps: async (p) => (await go('/me')(p), await press(p, '存成文件'), await p.getByText('存好了').waitFor(), await p.getByText('存好了').scrollIntoViewIfNeeded()) },
  { name: 'me', steps: go('/me') },
  { name: 'me-photos', steps: async (p) => (await go('/me')(p), await press(p, '清理 31 张原图，腾出 16 MB'), await p.getByText('清理了 31 张').scrollIntoViewIfNeeded()) },
  { name: 'me-end', scene: 'offline', steps: async (p) => (await go('/me')(p), await p.locator('main').evaluate((e) => (e.scrollTop = 9_999))) },
  { name: 'english', scene: 'calm', query: 'language=en' },
]
// What a real host shows without knowing its records.
const REAL = [
  { name: 'today' },
  { name: 'lists', steps: go('/lists') },
  { name: 'record', steps: go('/record') },
  { name: 'look', steps: go('/look') },
  { name: 'me', steps: go('/me') },
]

async function serve() {
  const { createServer } = await import('vite')
  const server = await createServer({ configFile: join(here, '../vite.config.ts'), logLevel: 'error', server: { port: 0 } })
  await server.listen()
  return { base: server.resolvedUrls.local[0], stop: () => server.close() }
}

/** Words that are cut off: text wider or taller than the box that hides it, or a page that scrolls sideways. */
function clipped() {
  const bad = []
  if (document.documentElement.scrollWidth > innerWidth + 1) bad.push('page wider than the window')
  for (const e of document.querySelectorAll('#app *, .app-sheet *')) {
    if (e.closest('.sr-only') || !e.childNodes.length || !e.getClientRects().length) continue
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
    const style = getComputedStyle(e)
    if (own && style.overflow !== 'visible' && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2) && e.tagName !== 'TEXTAREA') {
      bad.push(`${e.className || e.tagName}: ${e.textContent.trim().slice(0, 20)}`)
    }
    const box = e.getBoundingClientRect()
    if (own && box.width > 0 && box.right > innerWidth + 1) bad.push(`beyond the edge: ${e.textContent.trim().slice(0, 20)}`)
  }
  return bad
}

/** Things to touch that are smaller than a fingertip. */
function tooSmall(least) {
  return [...document.querySelectorAll('button, a[href], label.option, input:not([hidden]):not(.sr-only), textarea')]
    .filter((e) => e.getClientRects().length && !e.closest('.sr-only'))
    .map((e) => ({ box: (e.closest('.van-field') ?? e).getBoundingClientRect(), e }))
    .filter(({ box }) => box.height < least - 0.5 || box.width < least - 0.5)
    .map(({ e, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${(e.getAttribute('aria-label') ?? e.textContent).trim().slice(0, 16)}`)
}

await mkdir(out, { recursive: true })
const host = address ? { base: address, stop: () => undefined } : await serve()
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let faults = 0
for (const look of LOOKS.filter((l) => !looks || looks.includes(l.name))) {
  const context = await browser.newContext({ viewport: { width: look.width, height: look.height }, hasTouch: true, isMobile: true, timezoneId: 'Asia/Shanghai', locale: 'zh-CN' })
  for (const screen of address ? REAL : SCREENS) {
    const label = `${screen.name}-${look.name}`
    if (only && !label.includes(only)) continue
    const page = await context.newPage()
    const errors = []
    page.on('pageerror', (e) => errors.push(`script: ${e.message}`))
    page.on('console', (m) => m.type() === 'error' && errors.push(`console: ${m.text()}`))
    const query = new URLSearchParams({ ...(screen.scene ? { scene: screen.scene } : {}), ...(look.text ? { text: look.text } : {}), ...(look.theme ? { theme: look.theme } : {}) })
    try {
      await page.goto(address ?? `${host.base}?fake&${query}${screen.query ? `&${screen.query}` : ''}`)
      await page.locator('h1').first().waitFor({ state: 'attached', timeout: 60_000 })
      if (address) {
        // The host has its own settings: only the looks are put on from outside.
        if (look.text) await page.evaluate((t) => (document.documentElement.dataset.text = t), look.text)
        if (look.theme) await page.evaluate((t) => (document.documentElement.dataset.theme = t), look.theme)
      }
      if (look.zoom) await page.addStyleTag({ content: `html { font-size: ${112.5 * look.zoom}% !important }` })
      await screen.steps?.(page)
      await page.waitForLoadState('networkidle')
      // Sheets slide in; a picture of half a sheet is of no use.
      await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))))
      await page.screenshot({ path: join(out, `${label}.png`) })
      errors.push(...(await page.evaluate(clipped)).map((c) => `clipped: ${c}`))
      errors.push(...(await page.evaluate(tooSmall, look.text === 'large' ? 60 : 48)).map((c) => `small: ${c}`))
      await page.addScriptTag({ path: axe })
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
      for (const v of violations) {
        const text = `axe ${v.impact}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`
        if (v.impact === 'serious' || v.impact === 'critical') errors.push(text)
        else console.log(`  (${label}) ${text}`)
      }
    } catch (error) {
      errors.push(`failed: ${error.message.split('\n')[0]}`)
      await page.screenshot({ path: join(out, `${label}.png`) }).catch(() => undefined)
    }
    faults += errors.length
    console.log(`${errors.length === 0 ? 'ok  ' : 'BAD '} ${label}${errors.map((e) => `\n      ${e}`).join('')}`)
    await page.close()
  }
  await context.close()
}
await browser.close()
await host.stop()
console.log(faults === 0 ? 'all well' : `${faults} faults`)
process.exit(faults === 0 ? 0 : 1)
