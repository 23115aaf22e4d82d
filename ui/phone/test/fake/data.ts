import type {
  GridView,
  AttachmentView,
  BuildingView,
  CategoryView,
  DamageView,
  EventBody,
  InvitedView,
  LifeView,
  MatterView,
  MemberView,
  RecordKind,
  RefusedView,
  RowView,
  TimelineView,
} from '@beehive/shared/api'

// A street as it could be, for looking at screens before the engine is there. Never part of what is built.
export const NOW = Math.floor(Date.now() / 1000)
const HOUR = 3600
const DAY = 24 * HOUR

export const members: MemberView[] = [
  { id: 'm-li', name: '李秀英', roles: ['micro_worker', 'micro_lead'], nodes: ['和美社区第三微网格'] },
  { id: 'm-wang', name: '王建国', roles: ['grid_lead'], nodes: ['和美社区一般网格二'] },
  { id: 'm-chen', name: '物业小陈', roles: ['property_staff'], nodes: ['和美苑物业'] },
  { id: 'm-zhou', name: '周医生', roles: ['family_doctor'], nodes: ['保和街道卫生服务中心'] },
  { id: 'm-liu', name: '刘芳', roles: ['community_officer'], nodes: ['和美社区'] },
]

const findings: RecordKind[] = ['finding']
const people: RecordKind[] = ['demand', 'request']
const category = (code: string, zh: string, en: string, kinds: RecordKind[]): CategoryView => ({ code, zh, en, kinds })
export const categories: CategoryView[] = [
  category('fire', '消防', 'Fire', findings),
  category('gas', '燃气', 'Gas', findings),
  category('clutter', '堆物', 'Clutter', findings),
  category('electric', '用电', 'Electricity', findings),
  category('house', '房屋', 'Building', findings),
  category('water', '漏水', 'Leak', findings),
  category('hygiene', '卫生', 'Hygiene', findings),
  category('care', '照顾', 'Care', people),
  category('errand', '跑腿', 'Errand', people),
  category('dispute', '纠纷', 'Dispute', people),
  category('repair', '维修', 'Repair', people),
  category('environment', '环境', 'Environment', people),
  category('noise', '噪音', 'Noise', people),
  category('parking', '停车', 'Parking', people),
  category('other', '其他', 'Other', []),
]

const floors = [7, 6, 5, 4, 3, 2, 1]
const doors = floors.flatMap((f) => [`${f}01`, `${f}02`])
export const buildings: BuildingView[] = ['1 栋', '2 栋', '3 栋', '5 栋', '6 栋', '7 栋'].map((name) => ({
  id: `b-${name.split(' ')[0]}`,
  name,
  grid: '和美社区第三微网格',
  units: (name === '7 栋' ? ['1'] : ['1', '2', '3']).map((unit) => ({ name: unit, doors })),
}))

export const grid = (id: string, name: string): GridView => ({ id, name, within: '和美第 1 网格', kinds: ['demand', 'finding', 'request'] })

let count = 0
export function row(change: Partial<RowView>): RowView {
  count += 1
  return {
    id: `doc${count}`,
    kind: 'finding',
    title: '',
    place: '',
    group: '',
    category: '',
    status: 'reported',
    urgency: 'normal',
    created_at: NOW - DAY,
    updated_at: NOW - HOUR,
    last_step: '',
    state: 'delivered',
    conflict: false,
    needs_eyes: [],
    whole: true,
    number: `BH-2026-${String(count).padStart(6, '0')}`,
    numbered: change.state !== 'local',
    ...change,
  }
}

export const attachment = (change: Partial<AttachmentView> & { hash: string; state: AttachmentView['state'] }): AttachmentView => ({
  media: 'image/jpeg',
  size: 320_000,
  here: true,
  delivered: change.state === 'delivered',
  sent: 0,
  thumb: `${change.hash}-small`,
  thumb_here: true,
  by: '李秀英',
  at: NOW - 3 * DAY,
  ...change,
})

export const line = (what: string, by: string, ago: number, event?: EventBody, to?: string): TimelineView => ({
  id: `e${(count += 1)}`,
  what,
  by,
  mine: by === '李秀英',
  at: NOW - ago,
  ...(event ? { event } : {}),
  ...(to ? { to } : {}),
})

export function lifeOf(r: RowView, change: Partial<LifeView> = {}): LifeView {
  const mine = r.assignee === '李秀英'
  return {
    ...(r.assignee
      ? { assignment: { to: r.assignee, to_id: mine ? 'm-li' : 'm-chen', mine, help: [], answer: 'accepted' as const, ...(r.due ? { due: r.due } : {}) } }
      : {}),
    deadlines: r.due ? [{ what: r.due_what ?? 'assigned', at: r.due }] : [],
    extended: false,
    failed_meetings: 0,
    askings: [],
    merged_title: '',
    urged: 0,
    ...change,
  }
}

export function matterOf(r: RowView, change: Partial<MatterView> = {}): MatterView {
  const at = r.created_at
  const fact = (field: string, value: string, shown = value) => ({
    field,
    values: value ? [{ value, shown, by: '李秀英', mine: true, at }] : [],
    editable: true,
  })
  const urgencies: Record<string, string> = { normal: '一般', soon: '较急', urgent: '紧急' }
  return {
    row: r,
    facts: [
      fact('title', r.title),
      fact('detail', ''),
      fact('category', categories.find((c) => c.zh === r.category)?.code ?? '', r.category),
      fact('place', JSON.stringify({ t: r.place }), r.place),
      fact('urgency', r.urgency, urgencies[r.urgency]),
      fact('asker', ''),
    ],
    timeline: [line('created', '李秀英', NOW - at)],
    needs_eyes: [],
    offers: [
      { action: 'step', primary: true },
      { action: 'resolve', primary: false },
      { action: 'attach', primary: false },
      { action: 'withdraw', primary: false },
    ],
    waiting_for: [],
    attachments: [],
    created_by: '李秀英',
    created_by_id: 'm-li',
    life: lifeOf(r),
    assignees: r.assignee === '李秀英' ? ['m-li'] : r.assignee ? ['m-chen'] : [],
    scope: 'w-001',
    scope_name: '和美社区第三微网格',
    reopened: 0,
    self_resolved: false,
    refused: [],
    digest: '',
    ...change,
  }
}

/** Something like a photo, so that the page can be judged with one. */
export const PICTURE =
  'data:image/svg+xml;utf8,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><rect width="400" height="400" fill="#cdbfab"/><path d="M0 300h400v100H0z" fill="#9a8b76"/><path d="M60 220h200v110H60z" fill="#6d4c33"/><path d="M60 170h40v100H60zM220 170h40v100h-40z" fill="#5a3d28"/><path d="M280 240h80v90h-80zM290 180h60v60h-60z" fill="#b98b55"/></svg>',
  )

/** What the server did not take, beside the one that a matter shows. */
/** Both databases were damaged. */
export const damage: DamageView[] = [
  { file: 'phone.db.1', at: NOW - 2 * HOUR, photos: false, whole: false, opened: true, unsent: 31, drafts: 2, files: 0 },
  { file: 'files.db.1', at: NOW - 2 * HOUR, photos: true, whole: true, opened: true, unsent: 0, drafts: 0, files: 12 },
]

/** An invitation of another street, on a phone with unsent work. */
export const otherStreet: InvitedView = {
  street: '清溪街道',
  changes: true,
  known: false,
  leaving: { street: '保和街道', unsent: 3, refused: 1, drafts: 2, files: 4 },
}

export const untaken: RefusedView[] = [
  {
    entry: 8,
    id: 'gone1',
    title: '五号门口路灯不亮',
    code: 'unknown_scope',
    message: '系统里没有这个网格。请重新选择地点，或请管理员核对。',
    at: NOW - 2 * HOUR,
    says: ['新记：隐患', '标题：五号门口路灯不亮', '详细情况：晚上看不见台阶'],
    can_retry: true,
    held: false,
    note: '',
    next: 'edit',
    hint: '改一改，再送一次。',
    form: { kind: 'finding', title: '五号门口路灯不亮', detail: '晚上看不见台阶', category: 'electric', place: '{"t":"五号门口"}', urgency: '', asker: '', photos: [] },
  },
  {
    entry: 9,
    id: 'gone2',
    title: '帮王奶奶取药',
    code: 'held',
    message: '这条记录先由服务器代为保管，等负责人看过再处理。',
    at: NOW - 3 * HOUR,
    says: ['新记：需求', '标题：帮王奶奶取药'],
    can_retry: false,
    held: true,
    note: '',
    next: 'wait',
    hint: '不用重记。负责人看过以后，这里会告诉你。有急事请直接找网格长。',
  },
]

export function street(): Map<string, MatterView> {
  const all: MatterView[] = []
  const clutter = row({
    title: '楼道堆放旧家具',
    place: '3 栋 1 单元 5 楼过道',
    group: '3 栋 1 单元',
    category: '堆物',
    status: 'working',
    path: 'now',
    assignee: '李秀英',
    due: NOW - DAY,
    created_at: NOW - 3 * DAY,
    last_step: '物业搬走了，等你复查',
    turn: 'resolve',
  })
  all.push(
    matterOf(clutter, {
      attachments: [
        attachment({ hash: 'photo1', state: 'delivered', pair: 'before' }),
        attachment({ hash: 'photo2', state: 'sending', sent: 150_000, pair: 'after' }),
        attachment({ hash: 'photo3', state: 'remote', here: false }),
        attachment({ hash: 'photo4', state: 'local', note: '消防栓近处' }),
        attachment({ hash: 'sound1', media: 'audio/webm', state: 'delivered', secs: 17 }),
      ],
      timeline: [
        line('step', '物业小陈', 2 * HOUR, { t: 'step', note: '物业搬走了，等你复查' }),
        line('assign', '王建国', 2 * DAY, { t: 'assign', to: 'm-li', help: [], due: NOW - DAY, note: '' }, '李秀英'),
        line('accept', '王建国', 2 * DAY + HOUR, { t: 'accept', path: 'now', note: '' }),
        line('attach', '李秀英', 3 * DAY, { t: 'attach', file: 'photo1', media: 'image/jpeg', size: 1, note: '' }),
        line('created', '李秀英', 3 * DAY),
      ],
    }),
  )
  const chen = row({
    kind: 'demand',
    title: '陈大爷：买菜、看看药还够不够',
    place: '3 栋 1 单元 402',
    group: '3 栋 1 单元',
    category: '照顾',
    status: 'working',
    path: 'now',
    assignee: '李秀英',
    due: NOW + HOUR,
    last_step: '周四上午家庭医生同去',
    state: 'local',
  })
  all.push(matterOf(chen))
  const gate = row({
    kind: 'demand',
    title: '二单元门禁坏了',
    place: '5 栋 2 单元',
    group: '5 栋',
    category: '维修',
    status: 'working',
    path: 'coordinate',
    assignee: '物业小陈',
    due: NOW + 2 * DAY,
    created_at: NOW - 2 * DAY,
    last_step: '物业答应周三修',
    state: 'attention',
    conflict: true,
  })
  const conflicted = matterOf(gate, {
    timeline: [
      line('step', '王建国', DAY, { t: 'step', note: '物业答应周三修' }),
      line('accept', '刘芳', 2 * DAY - 5 * HOUR, { t: 'accept', path: 'coordinate', note: '要物业和业委会一起定' }),
      line('created', '李秀英', 2 * DAY),
    ],
  })
  conflicted.facts[1] = {
    field: 'detail',
    editable: true,
    values: [
      { value: '门锁打不开', shown: '门锁打不开', by: '赵楼栋长', mine: false, at: NOW - 5 * HOUR },
      { value: '只有晚上打不开', shown: '只有晚上打不开', by: '刘芳', mine: false, at: NOW - 4.5 * HOUR },
      { value: '刷卡没反应，门能推开', shown: '刷卡没反应，门能推开', by: '李秀英', mine: true, at: NOW - 4 * HOUR },
    ],
  }
  all.push(conflicted)
  const wall = row({
    title: '外墙瓷砖松动，下面有人走',
    place: '6 栋 1 单元门口',
    group: '6 栋',
    category: '房屋',
    status: 'accepted',
    path: 'track',
    urgency: 'urgent',
    state: 'attention',
    needs_eyes: ['two_paths'],
    turn: 'accept',
  })
  const a = line('accept', '王建国', 6 * HOUR, { t: 'accept', path: 'coordinate', note: '先找物业和业委会' })
  const b = line('accept', '刘芳', 5 * HOUR, { t: 'accept', path: 'track', note: '要报住建部门' })
  all.push(
    matterOf(wall, {
      timeline: [b, a, line('created', '李秀英', DAY)],
      needs_eyes: [{ reason: 'two_paths', events: [a.id, b.id], settle_by: ['accept'] }],
      offers: [
        { action: 'assign', primary: true },
        { action: 'accept', primary: false },
        { action: 'step', primary: false },
      ],
    }),
  )
  const light = row({
    kind: 'request',
    title: '楼梯间的灯不亮',
    place: '2 栋 3 单元 4 楼',
    group: '2 栋 3 单元',
    category: '维修',
    state: 'local',
    created_at: NOW - 2 * HOUR,
  })
  all.push(
    matterOf(light, {
      offers: [
        { action: 'accept', primary: true },
        { action: 'step', primary: false },
        { action: 'withdraw', primary: false },
      ],
    }),
  )
  const gas = row({
    title: '燃气软管老化',
    place: '1 栋 2 单元 301',
    group: '1 栋 2 单元',
    category: '燃气',
    status: 'resolved',
    path: 'now',
    last_step: '换了新软管',
    created_at: NOW - 6 * DAY,
  })
  all.push(
    matterOf(gas, {
      self_resolved: true,
      life: lifeOf(gas, {
        askings: [
          { code: 'raiser', zh: '问本人：这件事帮到您了吗？', en: 'Did it help you?', at: NOW - DAY, answer: 'yes', mine: false },
          { code: 'place', zh: '看现场：真的解决了吗？', en: 'Is it really solved?', at: NOW - HOUR, mine: true },
        ],
        helped: 'yes',
      }),
      offers: ['effect', 'close', 'dispute', 'reopen'].map((action, i) => ({ action, primary: i === 0 })),
    }),
  )
  const charge = row({
    kind: 'demand',
    title: '电动车充电桩装在哪里',
    place: '2 栋门口',
    group: '2 栋',
    category: '环境',
    status: 'working',
    path: 'coordinate',
    assignee: '李秀英',
    due: NOW + 3 * DAY,
    due_what: 'meet',
    turn: 'coordinate',
    created_at: NOW - 9 * DAY,
  })
  const party = { t: 'coordinate' as const, agreed: false, parties: [{ name: '物业', promise: '出位置' }, { name: '业委会' }], note: '位置谈不拢' }
  all.push(
    matterOf(charge, {
      life: lifeOf(charge, {
        deadlines: [
          { what: 'meet', at: NOW + 3 * DAY },
          { what: 'solve', at: NOW + 6 * DAY },
        ],
        failed_meetings: 1,
        extension: NOW + 11 * DAY,
        urged: 2,
        escalated_to: 'grid_lead',
      }),
      timeline: [
        line('urge', '王建国', 3 * HOUR, { t: 'urge' }),
        { ...line('coordinate', '李秀英', 3 * DAY, party), received: NOW - DAY, in_time: true },
        line('promise', '李秀英', 7 * DAY, { t: 'promise', due: NOW + 3 * DAY }),
        line('accept_assignment', '李秀英', 8 * DAY, { t: 'accept_assignment' }),
        line('created', '李秀英', 9 * DAY),
      ],
      offers: [
        'coordinate', 'step', 'resolve', 'promise', 'extend', 'suspend', 'hand_up', 'contact', 'assign', 'accept', 'return', 'merge', 'urge', 'attach',
      ].map((action, i) => ({ action, primary: i === 0 })),
    }),
  )
  const fallen = row({ title: '井盖松动', place: '小区南门外', category: '其他', state: 'attention', group: '' })
  all.push(
    matterOf(fallen, {
      refused: [
        {
          entry: 7,
          id: fallen.id,
          title: fallen.title,
          code: 'not_your_scope',
          message: '这里不在您负责的网格里。请交给那里的网格员，或请网格长帮忙。',
          at: NOW - HOUR,
          says: ['派给物业小陈来办'],
          can_retry: true,
          held: false,
          note: '',
          next: 'ask',
          hint: '请告诉网格长，把下面写的给他看，由他来办。',
        },
      ],
    }),
  )
  const far = row({ title: '车位被占', place: '7 栋 1 单元', group: '7 栋', category: '停车', kind: 'demand', whole: false })
  all.push(matterOf(far))
  return new Map(all.map((m) => [m.row.id, m]))
}
