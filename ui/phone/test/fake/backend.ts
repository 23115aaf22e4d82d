import type { CountsView, Event, GridView, MatterView, MeView, Path, RefusedView, ReminderView, Request, Response, RowView, StandInsView, StatusView, StorageView } from '@beehive/shared/api'
import { finds } from '@beehive/shared/fold'
import type { Backend } from '../../src/backend'
import { attachment, buildings, categories, damage, grid, line, matterOf, members, NOW, otherStreet, PICTURE, row, street, untaken } from './data'
import { similarIn } from './similar'

type Do<K extends Request['do']> = Extract<Request, { do: K }>

/** An engine in memory that keeps no promises: only for looking at screens and for tests of what the screens ask. */
export class FakeEngine implements Backend {
  readonly asked: Request[] = []
  private readonly listeners = new Set<(event: Event) => void>()
  private readonly drafts = new Map<string, unknown>()
  private readonly photos = new Map<string, { media: string; base64: string }>()
  private kept = 0
  matters = street()
  grids: GridView[] = [grid('w-3', '第三微网格')]
  untaken: RefusedView[] = []
  status: StatusView = {
    connection: 'online',
    unsent: 0,
    sent_now: 0,
    refused: 1,
    held: 0,
    attention: 2,
    last_sync: NOW - 600,
    can_cut: true,
    cut: false,
    cursors: {},
    digest: '',
    repaired: 0,
    files: { unsent: 0, bytes: 0, refused: 0, sending: false },
    damage: [],
  }
  me: MeView = {
    enrolled: true,
    member: members[0],
    tenant: '保和街道',
    server: 'https://beehive.example',
    grids: ['和美社区第三微网格'],
    local: 2,
    delivered: 17,
    attention: 1,
    settings: { text_size: 'normal', theme: 'system', language: 'zh-CN' },
    records: ['demand', 'finding', 'request'],
    buildings: [],
    quiet: [20 * 60, 8 * 60],
    utc_offset: 8 * 3_600,
    version: '0.1.0',
  }

  storage: StorageView = {
    records: 4_200_000,
    files: 46,
    bytes: 23_400_000,
    thumbs: 900_000,
    unsent: 1_300_000,
    cleanable: 31,
    cleanable_bytes: 15_800_000,
    cleaned: 0,
    cleaned_bytes: 0,
  }

  standIns: StandInsView = { stand_ins: [], led: [], candidates: members.slice(1, 3), max_days: 30 }

  async call(request: Request): Promise<Response> {
    this.asked.push(request)
    const answer = this.answer(request)
    // As over a wire: nothing the screen holds is the engine's own.
    return JSON.parse(JSON.stringify(answer)) as Response
  }

  onEvent(listener: (event: Event) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** For scenes that begin with something half written. */
  keepDraft(id: string, body: unknown): void {
    this.drafts.set(id, body)
  }

  private tell(event: Event): void {
    for (const listener of this.listeners) listener(event)
  }

  private error(code: string, message: string, hint: string): Response {
    return { is: 'error', error: { code, message, hint } }
  }

  private answer(request: Request): Response {
    switch (request.do) {
      case 'status':
        return { is: 'status', status: this.status }
      case 'me':
        return { is: 'me', me: this.me }
      case 'damage_seen':
        this.status = { ...this.status, damage: this.status.damage.filter((d) => d.file !== request.file) }
        return { is: 'status', status: this.status }
      case 'invitation':
        return { is: 'invited', invited: request.invitation.includes('other') ? otherStreet : { street: '', changes: false, known: false } }
      case 'enroll':
        if (request.invitation.length < 8) return this.error('bad_invitation', '这个邀请不完整，手机还没有加入。', '请从收到的消息里整段复制，再粘贴一次。')
        this.status = { ...this.status, connection: 'online' }
        this.me = { ...this.me, enrolled: true }
        return { is: 'status', status: this.status }
      case 'today': {
        const rows = [...this.matters.values()].map((m) => m.row).filter((r) => r.assignee === '李秀英' || r.conflict || r.needs_eyes.length > 0)
        return { is: 'today', today: { rows: rows.filter((r) => r.status !== 'resolved'), open: this.open().length } }
      }
      case 'counts':
        return { is: 'counts', counts: this.counts() }
      case 'reminders':
        return { is: 'reminders', reminders: this.reminders() }
      case 'stand_ins':
      case 'stand_in':
        return { is: 'stand_ins', stand_ins: this.standIns }
      case 'list':
        return this.list(request)
      case 'show':
        return this.show(request.id)
      case 'similar':
        return { is: 'similar', rows: similarIn(this.matters.values(), request) }
      case 'join':
        if (request.draft) this.drafts.delete(request.draft)
        return this.edit(request.id, (m) => {
          const { note, asker } = request
          if (request.again) m.row.status = 'working'
          m.timeline.unshift(line(request.again ? 'reopen' : 'join', '李秀英', 0, request.again ? { t: 'reopen', note } : { t: 'join', note, asker }))
        })
      case 'record':
        return this.record(request)
      case 'set':
        return this.edit(request.id, (m) => {
          const fact = m.facts.find((f) => f.field === request.field)
          if (fact) fact.values = [{ value: request.value, shown: request.value, by: '李秀英', mine: true, at: NOW }]
          m.row.conflict = m.facts.some((f) => f.values.length > 1)
        })
      case 'act':
        if (request.draft) this.drafts.delete(request.draft)
        return this.edit(request.id, (m) => {
          m.timeline.unshift(line(request.event.t, '李秀英', 0, request.event, '物业小陈'))
          m.needs_eyes = []
          m.row.needs_eyes = []
          if (request.event.t === 'resolve') m.row.status = 'resolved'
          for (const { hash = 'added', media = 'image/jpeg', pair, secs } of request.photos ?? []) {
            m.attachments.push(attachment({ hash, media, ...(pair ? { pair } : {}), ...(secs ? { secs } : {}), state: 'local' }))
          }
        })
      case 'attach':
        return this.edit(request.id, (m) => {
          const { hash = 'added', media = 'image/jpeg', pair, secs } = request.photo
          m.attachments.push(attachment({ hash, media, ...(pair ? { pair } : {}), ...(secs ? { secs } : {}), state: 'local' }))
        })
      case 'keep_photo': {
        const hash = `added${(this.kept += 1)}`
        const { base64 = '', secs } = request.photo
        const media = request.photo.media || 'image/jpeg'
        if (!media.startsWith('image/') && !media.startsWith('audio/')) {
          return this.error('bad_media', '这个文件不是照片也不是录音，没有存。', '请拍照或从相册里选一张照片。')
        }
        if (!media.startsWith('image/')) this.photos.set(hash, { media, base64 })
        return { is: 'kept', kept: { hash, media, size: base64.length, ...(secs ? { secs } : {}) } }
      }
      case 'drop_photo':
      case 'storage':
        return { is: 'storage', storage: this.storage }
      case 'clean_files': {
        const { cleanable: cleaned, cleanable_bytes: cleaned_bytes, bytes, files } = this.storage
        this.storage = { ...this.storage, files: files - cleaned, bytes: bytes - cleaned_bytes, cleanable: 0, cleanable_bytes: 0 }
        return { is: 'storage', storage: { ...this.storage, cleaned, cleaned_bytes } }
      }
      case 'files':
        return { is: 'files', files: [] }
      case 'network':
      case 'send_files':
        return { is: 'status', status: this.status }
      case 'fetch_file':
        return this.answer({ do: 'file', hash: request.hash })
      case 'file': {
        const photo = this.photos.get(request.hash)
        if (photo) return { is: 'file', ...photo }
        return { is: 'file', media: 'image/svg+xml', base64: btoa(decodeURIComponent(PICTURE.slice(PICTURE.indexOf(',') + 1))) }
      }
      case 'sync':
        if (this.status.cut || this.status.connection === 'offline') {
          this.status = { ...this.status, connection: 'offline' }
          return this.error('no_signal', '没有信号，记录都存在这台手机里。', '等有信号时会自己送出去。')
        }
        this.status = { ...this.status, unsent: 0, last_sync: NOW }
        for (const m of this.matters.values()) if (m.row.state === 'local') m.row.state = 'delivered'
        this.tell({ ev: 'changed' })
        return { is: 'synced', outcome: { sent: 1, received: 0, refused: 0, round_trips: 1, bytes_up: 1, bytes_down: 1, done: true } }
      case 'choices':
        return { is: 'choices', categories, buildings, past_buildings: [{ id: 'b-4', name: '4 栋（已撤）' }], grids: this.grids, members }
      case 'save_draft':
        this.drafts.set(request.id, request.body)
        return { is: 'draft', draft: { id: request.id, body: request.body, at: NOW } }
      case 'draft': {
        const body = this.drafts.get(request.id)
        return body === undefined ? { is: 'draft' } : { is: 'draft', draft: { id: request.id, body, at: NOW } }
      }
      case 'drop_draft':
        this.drafts.delete(request.id)
        return { is: 'draft' }
      case 'refused':
        return { is: 'refused', entries: [...this.matters.values()].flatMap((m) => m.refused).concat(this.untaken) }
      case 'retry_refused':
      case 'dismiss_refused': {
        for (const m of this.matters.values()) m.refused = m.refused.filter((r) => r.entry !== request.entry)
        this.untaken = this.untaken.filter((r) => r.entry !== request.entry)
        this.status = { ...this.status, refused: 0 }
        return { is: 'refused', entries: [] }
      }
      case 'rescue_export':
        return {
          is: 'rescue',
          name: 'beehive-m-li-20261120-080000.rescue',
          base64: btoa('sealed'),
          summary: { records: 3, refused: 2, held: 1, drafts: 1, photos: 2, left_out: 0, damaged: 0, bytes: 6 },
        }
      case 'configure':
        this.me = { ...this.me, settings: request.settings }
        this.me.quiet = [request.settings.quiet_from ?? 20 * 60, request.settings.quiet_until ?? 8 * 60]
        return { is: 'me', me: this.me }
      case 'cut_link':
        this.status = { ...this.status, cut: request.cut, connection: request.cut ? 'offline' : 'online' }
        return { is: 'status', status: this.status }
    }
  }

  private open(): RowView[] {
    return [...this.matters.values()].map((m) => m.row).filter((r) => r.status !== 'resolved' && r.status !== 'withdrawn')
  }

  private counts(): CountsView {
    const rows = this.open()
    const on = (path: Path) => rows.filter((r) => r.path === path).length
    const rate = { all: 40, done: 30, asked: 20, helped: 17, done_rate: 75, effect_rate: 85 }
    return {
      open: rows.length,
      responsibility: rows.filter((r) => r.assignee).length,
      to_me: rows.filter((r) => r.assignee === '李秀英').length,
      overdue: rows.filter((r) => r.due !== undefined && r.due < NOW).length,
      waiting: rows.filter((r) => r.status === 'reported').length,
      now: on('now'),
      coordinate: on('coordinate'),
      track: on('track'),
      turn: 3,
      rates: [
        { name: '', ...rate },
        { scope: 'w-001', name: '和美社区第三微网格', ...rate },
        { scope: 'w-002', name: '和美社区第四微网格', all: 3, done: 0, asked: 0, helped: 0, done_rate: 0 },
      ],
    }
  }

  private reminders(): ReminderView[] {
    return this.open()
      .filter((r) => r.due !== undefined && r.due > NOW && r.assignee === '李秀英')
      .map((r) => ({ id: r.id, what: 'assigned', due: r.due ?? 0, at: NOW + 600 }))
  }

  private list({ filter, offset, limit }: Do<'list'>): Response {
    let rows = [...this.matters.values()].map((m) => m.row)
    if (filter.open !== undefined) rows = rows.filter((r) => (r.status !== 'resolved' && r.status !== 'withdrawn') === filter.open)
    if (filter.kind) rows = rows.filter((r) => r.kind === filter.kind)
    if (filter.attention) rows = rows.filter((r) => r.state === 'attention')
    const words = filter.words
    if (words) rows = rows.filter((r) => finds(`${r.title} ${r.place}`, words))
    return { is: 'list', rows: rows.slice(offset, offset + limit), total: rows.length }
  }

  private show(id: string): Response {
    const matter = this.matters.get(id)
    if (!matter || !matter.row.whole) {
      return this.error('not_here_yet', '这件事的详情还没到这台手机，标题和地点不受影响。', '有信号时再打开一次，它会自己过来。')
    }
    return { is: 'matter', matter }
  }

  private edit(id: string, change: (m: MatterView) => void): Response {
    const matter = this.matters.get(id)
    if (!matter) return this.show(id)
    change(matter)
    matter.row.state = 'local'
    this.status = { ...this.status, unsent: this.status.unsent + 1 }
    return { is: 'matter', matter }
  }

  private record(request: Do<'record'>): Response {
    if (!request.title) return this.error('title_missing', '请用一句话写明是什么事，再存一次。', '写一句话，再按“存下”。')
    if (request.draft) this.drafts.delete(request.draft)
    const building = buildings.find((b) => b.id === request.building)?.name
    const r = row({
      kind: request.kind,
      title: request.title,
      place: [building, request.unit && `${request.unit} 单元`, request.door, request.place_text].filter(Boolean).join(' '),
      category: categories.find((c) => c.code === request.category)?.zh ?? '',
      urgency: request.urgency,
      state: 'local',
      created_at: NOW,
      status: request.resolved_note === undefined ? 'reported' : 'resolved',
    })
    this.matters.set(r.id, matterOf(r))
    this.status = { ...this.status, unsent: this.status.unsent + 1 }
    this.tell({ ev: 'changed' })
    return { is: 'recorded', id: r.id }
  }
}

/** `?fake&scene=offline&text=large&theme=dark`: the scene decides what is there, the rest how it looks. */
export function fakeBackend(search: string): FakeEngine {
  const engine = new FakeEngine()
  const params = new URLSearchParams(search)
  const settings = engine.me.settings
  settings.text_size = params.get('text') ?? settings.text_size
  settings.theme = params.get('theme') ?? settings.theme
  settings.language = params.get('language') ?? settings.language
  const scene = params.get('scene')
  if (scene === 'enroll') {
    engine.status = { ...engine.status, connection: 'not_enrolled', refused: 0, attention: 0, last_sync: undefined, can_cut: false }
    engine.me = { ...engine.me, enrolled: false, member: undefined }
  }
  if (scene === 'building') engine.me = { ...engine.me, records: ['finding', 'request'], buildings: ['b-3'] }
  if (scene === 'grids') engine.grids = [grid('w-3', '第三微网格'), grid('w-4', '第四微网格'), grid('d-1', '和美小学')]
  if (scene === 'gone') engine.keepDraft('record', { kind: 'finding', place: { b: 'b-4', u: '1' }, words: '楼道灯不亮', photos: '' })
  if (scene === 'offline') engine.status = { ...engine.status, connection: 'offline', unsent: 3, refused: 0, attention: 0, cut: true }
  if (scene === 'untaken') {
    engine.untaken = untaken
    engine.status = { ...engine.status, refused: 2, held: 1, attention: 0, unsent: 3, oldest_unsent: NOW - 5 * 86_400 }
  }
  if (scene === 'damaged') engine.status = { ...engine.status, refused: 0, attention: 0, damage }
  if (scene === 'calm') engine.status = { ...engine.status, refused: 0, attention: 0 }
  if (scene === 'empty') {
    engine.matters = new Map()
    engine.status = { ...engine.status, refused: 0, attention: 0 }
  }
  if (scene === 'many') {
    for (let i = 0; i < 10_000; i++) {
      const r = row({ title: `第 ${i + 1} 件：楼道灯不亮`, place: `${(i % 40) + 1} 栋 ${(i % 3) + 1} 单元`, category: '维修', created_at: NOW - i * 600 })
      engine.matters.set(r.id, matterOf(r))
    }
  }
  return engine
}
