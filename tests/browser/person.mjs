// A person with a phone, for browser tests: a window of a phone's size before a phone's own host, taps that are counted, pictures that
// axe looks at.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { need, output } from './parts.mjs'

const { chromium } = need('playwright-core')
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8')
const shots = output('browser')
const people = []
/** What axe found on any screen of anybody. */
export const audits = []

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
export const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags })

/** A person with a phone: a browser window of a phone's size before a phone's own host. */
export async function person(town, name, member) {
  const host = await town.phone(name)
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const faults = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()))
  let taps = 0
  const me = {
    name,
    host,
    page,
    faults,
    tap: async (role, label) => {
      taps += 1
      await page.getByRole(role, { name: label, exact: true }).first().click()
    },
    taps: () => taps,
    tab: (label) => me.tap('link', label),
    /** Opens a matter by its title. */
    open: async (title) => {
      await me.tab('清单')
      await page.getByRole('link', { name: title }).first().click()
      await page.locator('h1', { hasText: title }).waitFor()
    },
    /** Does something to the open matter, by the main button or from 更多, and waits until it is kept. */
    act: async (action, fill = async () => {}) => {
      const button = page.getByRole('button', { name: action, exact: true }).first()
      await page.getByRole('button', { name: '更多', exact: true }).or(button).first().waitFor()
      if (!(await button.isVisible())) await me.tap('button', '更多')
      await button.click()
      await fill(page.getByRole('dialog').last())
      await me.tap('button', '存下')
      await page.getByRole('dialog').last().waitFor({ state: 'hidden' })
    },
    /** Records something short; the place is a building of the list. */
    record: async (words, { kind, building } = {}) => {
      await me.tab('记一件')
      if (kind) await page.getByText(kind, { exact: true }).click()
      if (building) {
        await page.getByText('在哪里').first().click()
        const again = page.getByRole('button', { name: '重新选', exact: true })
        const pick = page.getByRole('button', { name: building, exact: true })
        await again.or(pick).first().waitFor()
        if (await again.isVisible()) await again.click()
        await pick.click()
        await me.tap('button', '整栋楼')
        await me.tap('button', '就是这里')
      }
      await page.getByLabel('什么事？').fill(words)
      await me.tap('button', '存下')
      await me.sees('存好了')
    },
    /** Everything sent, everything there is fetched. */
    sync: async () => {
      await me.home()
      const answer = await me.ask({ do: 'sync' })
      if (answer.is !== 'synced') throw new Error(JSON.stringify(answer))
      await me.home()
    },
    home: async () => {
      await page.goto('about:blank')
      await page.goto(me.host.url)
      await me.sees('今天')
    },
    /** Asks the engine as the page does, for what no screen is about. */
    ask: (request) =>
      page.evaluate(async (body) => {
        const token = document.querySelector('meta[name="beehive-token"]').content
        const answer = await fetch('./api', { method: 'POST', headers: { 'content-type': 'application/json', 'x-beehive-token': token }, body })
        return answer.json()
      }, JSON.stringify(request)),
    /** The phone is killed without a word and started again. */
    kill: async () => {
      await page.goto('about:blank')
      me.host.child.kill('SIGKILL')
      await me.host.ended
      me.host = await town.phone(name)
      await me.home()
    },
    sees: (text) => page.getByText(text).first().waitFor({ state: 'visible', timeout: 15_000 }),
    shot: async (title) => {
      await page.screenshot({ path: join(shots, `${name}-${title}.png`), animations: 'disabled' })
      await audit(me, title)
    },
    enroll: async () => {
      await page.goto(host.url)
      await page.getByRole('textbox').fill(town.invite(member))
      await me.shot('enroll')
      await me.tap('button', '加入')
      await me.sees('今天')
    },
  }
  people.push(me)
  return me
}

/** What any page complained of. */
export const faults = () => people.flatMap((me) => me.faults)

async function audit(me, title) {
  await me.page.evaluate(axe)
  const { violations } = await me.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  const bad = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  audits.push(...bad.map((v) => `${me.name} ${title}: ${v.id} ${v.nodes[0]?.html.slice(0, 160)}`))
}
