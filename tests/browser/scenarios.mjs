// The street's working days of docs/domain.md, played by several people on their phones.

import { check, equal, street, until } from './parts.mjs'
import { person } from './person.mjs'

const cut = async (me, off) => {
  await me.home()
  await me.tap('button', off ? '断开信号' : '恢复信号')
  if (off) await me.sees('没有信号')
}
const note = (words) => (sheet) => sheet.getByRole('textbox').last().fill(words)
const choose = (label) => (sheet) => sheet.getByText(label, { exact: true }).first().click()
const total = async (me) => (await me.ask({ do: 'list', list: 'demand', filter: {}, offset: 0, limit: 1 })).total

export async function scenarios() {
  const town = await street('days')
  const join = async (name, member) => {
    const me = await person(town, name, member)
    await me.enroll()
    return me
  }
  const worker = await join('s-worker', 'm-001')
  const colleague = await join('s-colleague', 'm-002')
  const lead = await join('s-lead', 'm-004')
  const officer = await join('s-officer', 'm-005')

  await check('scenario 1: a unit without signal, the phone killed twice, nothing lost', async () => {
    // The host forgets with its life that its link was cut; the stairwell does not.
    const killed = async () => {
      await worker.kill()
      await cut(worker, true)
    }
    await cut(worker, true)
    const found = ['七楼堆了纸箱', '六楼灭火器过期', '四楼燃气软管老化']
    for (const words of found) {
      await worker.record(words, { kind: '隐患', building: words === found[0] ? '1 栋' : undefined })
      if (words === found[1]) await killed()
    }
    await worker.record('陈大爷要人买菜', { kind: '需求' })
    await worker.tab('记一件')
    await worker.page.getByLabel('什么事？').fill('李阿姨的收音机')
    await worker.sees('草稿已存')
    await killed()
    await worker.tab('记一件')
    await until('the half sentence', async () => (await worker.page.getByLabel('什么事？').inputValue()) === '李阿姨的收音机')
    await worker.page.getByLabel('什么事？').fill('李阿姨的收音机坏了')
    await worker.tap('button', '存下')
    await worker.sees('存好了')
    equal(await total(worker), 5, 'records here')
    await cut(worker, false)
    await worker.sync()
    await lead.sync()
    equal(await total(lead), 5, 'records at the grid leader')
    await worker.shot('after-patrol')
  })

  await check('scenario 3: what two phones recorded at a meeting is merged, and taken apart again', async () => {
    for (const me of [worker, colleague]) await cut(me, true)
    await worker.record('二单元路灯不亮', { kind: '需求', building: '2 栋' })
    await colleague.record('路灯坏了两盏', { kind: '需求', building: '2 栋' })
    for (const me of [worker, colleague]) await cut(me, false)
    for (const me of [worker, colleague, lead]) await me.sync()
    await lead.open('路灯坏了两盏')
    await lead.act('并到另一件', async (sheet) => {
      await sheet.getByRole('searchbox').fill('路灯')
      await sheet.getByText('二单元路灯不亮').first().click()
    })
    await lead.sees('并到“二单元路灯不亮”一起办')
    await lead.shot('merged')
    await lead.act('拆出来单独办', note('不是同一处'))
    await lead.sees('你来定怎么办')
  })

  await check('scenario 4: talked over twice in vain, handed up, answered, done, and back again', async () => {
    await officer.sync()
    await officer.open('二单元路灯不亮')
    await officer.act('定怎么办', choose('协调办'))
    await officer.sees('定为协调办')
    const me = (await officer.ask({ do: 'me' })).me.member
    await officer.act('派给谁来办', async (sheet) => {
      await sheet.getByRole('searchbox').fill(me.name)
      await sheet.getByText(`${me.name}（你自己）`).click()
    })
    for (const said of ['物业不愿出钱', '业委会不同意']) {
      await officer.act('记一次碰头', async (sheet) => {
        await sheet.getByText('没谈成', { exact: true }).click()
        await sheet.getByRole('button', { name: '再加一方' }).click()
        await sheet.getByLabel('谁', { exact: true }).fill('物业')
        await sheet.getByLabel('答应了什么').fill('再报一次价')
        await sheet.getByRole('textbox').last().fill(said)
      })
    }
    await officer.sees('碰头 2 次没谈成')
    await officer.shot('talked-in-vain')
    await officer.act('定怎么办', async (sheet) => {
      await sheet.getByText('跟踪办', { exact: true }).click()
      await sheet.getByRole('textbox').fill('两次没谈成，要城管局来办')
    })
    await officer.act('报给上级', async (sheet) => {
      await sheet.getByLabel('哪个部门').fill('区城管局')
      await sheet.getByLabel('单号').fill('CG-77')
      await sheet.getByRole('textbox').last().fill('附了两次碰头记录')
    })
    await officer.sees('区城管局，单号 CG-77')
    await officer.act('给提的人回话', note('告诉他已经报上去了'))
    await officer.act('上级回话了', note('已换灯'))
    await officer.act('办好了', note('灯亮了'))
    await officer.shot('done')
    await officer.sync()
    await colleague.sync()
    await colleague.open('二单元路灯不亮').catch(async () => {
      await colleague.tap('button', '未办完')
      await colleague.page.getByRole('link', { name: '二单元路灯不亮' }).first().click()
    })
    await colleague.act('重新打开', note('又不亮了'))
    await colleague.sees('重新打开过 1 次')
    await colleague.shot('back-again')
  })

  await check('scenario 5: two leaders choose different ways without signal; one settles it for all', async () => {
    for (const me of [lead, officer]) {
      await me.sync()
      await cut(me, true)
    }
    await lead.open('七楼堆了纸箱')
    await lead.act('定怎么办', choose('马上办'))
    await officer.open('七楼堆了纸箱')
    await officer.act('定怎么办', choose('协调办'))
    for (const me of [lead, officer]) await cut(me, false)
    for (const me of [lead, officer, lead]) await me.sync()
    for (const me of [lead, officer]) {
      await me.tab('今天')
      await me.page.getByRole('link', { name: '七楼堆了纸箱' }).first().click()
      await me.sees('两个人定了不同的办法')
    }
    await officer.shot('two-ways')
    await officer.tap('button', '用这个：定为协调办')
    await until('the card to go', async () => (await officer.page.getByText('两个人定了不同的办法').count()) === 0)
    await officer.sync()
    await lead.sync()
    await lead.open('七楼堆了纸箱')
    await lead.sees('定为协调办')
    equal(await lead.page.getByText('两个人定了不同的办法').count(), 0, 'cards at the other leader')
  })

  await check('three people without signal write one fact in three ways; one choice settles it for all', async () => {
    const title = '五楼灭火器过期'
    const three = [worker, colleague, lead]
    await worker.record(`${title}\n箱子里的`, { kind: '隐患', building: '1 栋' })
    for (const me of three) await me.sync()
    for (const me of three) {
      await me.sync()
      await cut(me, true)
    }
    const said = ['箱子里两瓶都过期', '三瓶里一瓶过期', '去年就过期了']
    for (const [n, me] of three.entries()) {
      await me.open(title)
      await me.tap('button', '改：详细情况')
      await me.page.getByRole('dialog').getByRole('textbox').fill(said[n])
      await me.tap('button', '就这样改')
      await me.sees(said[n])
    }
    for (const me of three) await cut(me, false)
    for (const me of [...three, ...three]) await me.sync()
    for (const me of three) {
      await me.open(title)
      await me.sees('写得不一样')
      for (const words of said) await me.sees(words)
    }
    await worker.shot('three-values')
    await worker.tap('button', `用这个：${said[1]}`)
    for (const me of [...three, ...three]) await me.sync()
    for (const me of three) {
      await me.open(title)
      await me.sees(said[1])
      equal(await me.page.getByText('写得不一样').count(), 0, `cards at ${me.name}`)
    }
  })

  await check('a photo travels with the action that it shows, and outlives the phone being killed in the form', async () => {
    const begin = async () => {
      await worker.home()
      await worker.open('四楼燃气软管老化')
      const done = worker.page.getByRole('button', { name: '办好了', exact: true })
      if (!(await done.isVisible())) await worker.tap('button', '更多')
      await done.click()
    }
    const kept = () => worker.page.getByRole('button', { name: '不要第 1 张照片' }).waitFor()
    await begin()
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
    await worker.page.locator('input[multiple]').setInputFiles({ name: '1.png', mimeType: 'image/png', buffer: Buffer.from(pixel, 'base64') })
    await kept()
    await worker.sees('草稿已存')
    await worker.kill()
    await begin()
    await kept()
    await worker.shot('photo-in-form')
    await worker.tap('button', '存下')
    await worker.sees('办之后')
    await worker.sync()
    const { matter } = await worker.ask({ do: 'show', id: (await worker.ask({ do: 'list', list: 'demand', filter: { words: '燃气' }, offset: 0, limit: 1 })).rows[0].id })
    equal(matter.row.status, 'resolved', 'status')
    equal(matter.attachments.map((f) => f.pair).join(), 'after', 'halves of the pair')
    equal(matter.timeline.filter((line) => ['resolve', 'attach'].includes(line.what)).map((line) => line.id.split('.').slice(0, 2).join('.')).filter((c, i, all) => all.indexOf(c) === i).length, 1, 'changes that both came in')
  })

  await check('what is said is recorded, outlives the phone being killed, and is played back on the other phone', async () => {
    await worker.home()
    await worker.record('二楼扶手松了')
    await worker.open('二楼扶手松了')
    const attach = async () => {
      const add = worker.page.getByRole('button', { name: '加照片', exact: true })
      if (!(await add.isVisible())) await worker.tap('button', '更多')
      await add.click()
    }
    await attach()
    await worker.tap('button', '说一段')
    await worker.page.getByRole('button', { name: /正在录 0:0[1-9]/ }).click()
    const note = () => worker.page.getByRole('button', { name: '不要第 1 张照片' })
    await note().waitFor()
    await worker.sees('草稿已存')
    await worker.shot('voice-in-form')
    await worker.kill()
    await worker.home()
    await worker.open('二楼扶手松了')
    await attach()
    await note().waitFor()
    await worker.tap('button', '存下')
    await worker.page.getByRole('dialog').last().waitFor({ state: 'hidden' })
    await worker.sync()
    await worker.sync()
    await lead.sync()
    await lead.home()
    await lead.open('二楼扶手松了')
    await lead.page.getByRole('button', { name: /听录音/ }).first().click()
    await lead.sees('说了一段录音')
    // Played to its end: the button offers it again.
    await lead.page.getByRole('button', { name: '停一下' }).waitFor()
    await lead.page.getByRole('button', { name: /听录音/ }).first().waitFor()
    await lead.shot('voice')
  })

  await check('a building leader hands in a request, sees her own building only, and says whether it helped', async () => {
    const auntie = await join('s-auntie', 'm-006')
    equal(await total(auntie), 0, 'matters of other buildings')
    await auntie.tab('记一件')
    equal(await auntie.page.getByText('需求', { exact: true }).count(), 0, 'kinds she may not record')
    await auntie.sees('3 栋')
    await auntie.shot('request')
    await auntie.page.getByLabel('什么事？').fill('张婆婆家门口灯坏了')
    await auntie.tap('button', '存下')
    await auntie.sees('存好了')
    await auntie.sync()
    await lead.sync()
    await lead.open('张婆婆家门口灯坏了')
    await lead.act('定怎么办', choose('马上办'))
    await lead.act('办好了', note('换了灯泡'))
    await lead.sync()
    await auntie.sync()
    await auntie.tab('清单')
    await auntie.tap('button', '未办完')
    await auntie.page.getByRole('link', { name: '张婆婆家门口灯坏了' }).first().click()
    await auntie.sees('换了灯泡')
    await auntie.act('有没有用', async (sheet) => {
      await sheet.getByText('有用', { exact: true }).click()
    })
    await auntie.sees('问过了')
    await auntie.shot('helped')
  })
}
