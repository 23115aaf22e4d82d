// The main job in the browser, by two people: the worker without signal, the grid leader, and the server between them. Every screen is
// checked with axe on the way, and photographed for people to look at (target/screens).

import { check, equal, finish, street, until } from './parts.mjs'
import { audits, browser, faults, person } from './person.mjs'
import { scenarios } from './scenarios.mjs'

const town = await street()
const worker = await person(town, 'worker', 'm-001')
const lead = await person(town, 'lead', 'm-004')

await check('two people join with an invitation', async () => {
  await worker.enroll()
  await lead.enroll()
  await worker.shot('today-empty')
})

await check('without signal a record is saved in three taps and the words, and says where it is', async () => {
  await worker.tap('button', '断开信号')
  await worker.sees('没有信号')
  const before = worker.taps()
  await worker.tab('记一件')
  await worker.page.getByLabel('什么事？').fill('二单元门禁坏了\n刷卡没反应，老人进不了门')
  await worker.shot('record')
  await worker.tap('button', '存下')
  await worker.sees('存好了')
  const taps = worker.taps() - before
  if (taps > 3) throw new Error(`${taps} taps`)
  await worker.tab('清单')
  await worker.sees('二单元门禁坏了')
  await worker.sees('只在本机')
  await worker.shot('lists-local')
})

await check('the page dies in the middle of a sentence and the draft is there again', async () => {
  await worker.tab('记一件')
  await worker.page.getByLabel('什么事？').fill('五楼过道堆了旧沙发')
  await worker.sees('草稿已存')
  await worker.page.goto('about:blank')
  await worker.page.goto(worker.host.url)
  await worker.sees('今天')
  await worker.tab('记一件')
  await until('the draft', async () => (await worker.page.getByLabel('什么事？').inputValue()) === '五楼过道堆了旧沙发')
  await worker.tap('button', '存下')
  await worker.sees('存好了')
})

await check('the other phone does not have it yet', async () => {
  await lead.tab('清单')
  equal(await lead.page.getByText('二单元门禁坏了').count(), 0, 'rows on the other phone')
})

await check('signal comes back: delivered here, seen there', async () => {
  await worker.tap('button', '恢复信号')
  await worker.tab('清单')
  await worker.sees('已送达')
  await worker.shot('lists-delivered')
  await lead.page.reload()
  await lead.tab('清单')
  await lead.sees('二单元门禁坏了')
  await lead.shot('lists')
})

const open = async (me, title) => {
  await me.tab('清单')
  await me.page.getByText(title).first().click()
  await me.sees('办得怎么样了')
}

await check('the grid leader decides how it is done', async () => {
  await open(lead, '二单元门禁坏了')
  await lead.shot('matter')
  await lead.tap('button', '定怎么办')
  await lead.shot('accept')
  await lead.page.getByText('协调办').first().click()
  await lead.tap('button', '存下')
  await lead.sees('定为协调办')
})

await check('who records in two grids is asked which, and nothing is chosen beforehand', async () => {
  await lead.home()
  await lead.tab('记一件')
  await lead.page.getByLabel('什么事？').fill('菜市场门口的井盖松了')
  await lead.tap('button', '存下')
  await lead.sees('这是哪个网格的事？')
  equal(await lead.page.getByRole('button', { name: '存到这个网格' }).count(), 0, 'ways to save before one is chosen')
  await lead.page.getByText('1-2 微网格', { exact: true }).click()
  await lead.shot('which-grid')
  await lead.tap('button', '存到这个网格')
  await lead.sees('存好了')
  const { rows } = await lead.ask({ do: 'list', list: 'demand', filter: { words: '井盖松了' }, offset: 0, limit: 9 })
  const { matter } = await lead.ask({ do: 'show', id: rows[0].id })
  equal(matter.scope_name, '1-2 微网格', 'the grid it is in')
})

const rewrite = async (me, text) => {
  await open(me, '二单元门禁坏了')
  await me.tap('button', '改：详细情况')
  await me.page.getByRole('dialog').getByRole('textbox').fill(text)
  await me.shot('edit')
  await me.tap('button', '就这样改')
  await me.sees(text)
}

await check('two people write a fact differently without signal: both are kept and shown', async () => {
  for (const me of [worker, lead]) {
    await me.page.goto(me.host.url)
    await me.tap('button', '断开信号')
    await me.sees('没有信号')
  }
  await rewrite(worker, '门锁打不开')
  await rewrite(lead, '刷卡没反应，门能推开')
  for (const me of [worker, lead]) await me.tap('button', '恢复信号')
  for (const me of [worker, lead]) {
    await until('both values', async () => {
      await me.page.goto(me.host.url)
      await open(me, '二单元门禁坏了')
      return (await me.page.getByText('两个人写得不一样').count()) > 0
    })
    await me.sees('门锁打不开')
    await me.sees('刷卡没反应，门能推开')
  }
  await worker.shot('conflict')
})

await check('one choice settles it everywhere', async () => {
  await worker.tap('button', '用这个：门锁打不开')
  await until('the card to go', async () => (await worker.page.getByText('两个人写得不一样').count()) === 0)
  await until('it to be settled on the other phone', async () => {
    await lead.page.goto(lead.host.url)
    await open(lead, '二单元门禁坏了')
    return (await lead.page.getByText('两个人写得不一样').count()) === 0 && (await lead.page.getByText('门锁打不开').count()) > 0
  })
})

await check('large text and the dark theme', async () => {
  await worker.page.goto(worker.host.url)
  await worker.tab('我的')
  await worker.shot('me')
  await worker.page.getByText('大字').first().click()
  await until('large text', () => worker.page.evaluate(() => document.documentElement.dataset.text === 'large'))
  await worker.shot('me-large')
  for (const tab of ['今天', '清单', '记一件']) {
    await worker.page.goto(worker.host.url)
    await worker.tab(tab)
    await worker.shot(`${tab}-large`)
  }
  await worker.page.goto(worker.host.url)
  await worker.page.emulateMedia({ colorScheme: 'dark' })
  await worker.tab('今天')
  await worker.shot('today-dark')
  await open(worker, '二单元门禁坏了')
  await worker.shot('matter-dark')
})

await check('nothing is cut off at a width of 320', async () => {
  await worker.page.setViewportSize({ width: 320, height: 640 })
  await worker.page.goto(worker.host.url)
  for (const tab of ['今天', '清单', '记一件', '我的']) {
    await worker.page.goto(worker.host.url)
    await worker.tab(tab)
    const wide = await worker.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    equal(wide, 0, `${tab} is wider than the screen by`)
  }
})

await scenarios()

await check('axe finds nothing serious on any screen', () => {
  if (audits.length) throw new Error(audits.join('\n'))
})

await check('no page raised an error', () => {
  if (faults().length) throw new Error(faults().join('\n'))
})

await browser.close()
await finish()
