// Stands in for the generated bindings, shape for shape; only `api.ts` may import it.
export type DocId = string
export type FileHash = string
export type MemberId = string
export type PlaceId = string
export type RecordKind = 'demand' | 'finding' | 'request'
export type Path = 'now' | 'coordinate' | 'track'
export type Status = 'reported' | 'accepted' | 'working' | 'resolved' | 'withdrawn'
export type NeedsEyesReason = 'two_paths' | 'two_assignments' | 'closed_while_worked' | 'two_outcomes'
export type Role =
  | 'micro_worker'
  | 'micro_lead'
  | 'building_leader'
  | 'family_doctor'
  | 'property_staff'
  | 'grid_lead'
  | 'community_officer'
  | 'alliance_partner'
  | 'street_dispatcher'
  | 'street_admin'
  | 'auditor'
export type Place = { b?: PlaceId; u?: string; r?: string; t?: string }
export type Unit = { name: string; doors: Array<string> }
export type EventBody =
  | { t: 'accept'; path: Path; note: string }
  | { t: 'assign'; to: MemberId; help: Array<MemberId>; due?: number; note: string }
  | { t: 'step'; note: string }
  | { t: 'resolve'; note: string }
  | { t: 'reopen'; note: string }
  | { t: 'withdraw'; note: string }
  | { t: 'attach'; file: FileHash; media: string; size: number; note: string }
export type ListKind = 'demand' | 'responsibility' | 'progress'
export type ListFilter = { kind?: RecordKind; open?: boolean; mine?: boolean; attention?: boolean; words?: string }
export type NewPhoto = { media: string; base64: string }
export type Request =
  | { do: 'status' }
  | { do: 'enroll'; invitation: string }
  | { do: 'me' }
  | { do: 'today' }
  | { do: 'list'; list: ListKind; filter: ListFilter; offset: number; limit: number }
  | { do: 'show'; id: DocId }
  | {
      do: 'record'
      kind: RecordKind
      title: string
      detail: string
      category: string
      building?: string
      unit?: string
      door?: string
      place_text?: string
      urgency: string
      asker: string
      resolved_note?: string
      photos: Array<NewPhoto>
      draft?: string
    }
  | { do: 'set'; id: DocId; field: string; value: string }
  | { do: 'act'; id: DocId; event: EventBody; draft?: string }
  | { do: 'attach'; id: DocId; photo: NewPhoto; note: string }
  | { do: 'file'; hash: FileHash }
  | { do: 'sync' }
  | { do: 'choices' }
  | { do: 'save_draft'; id: string; body: unknown }
  | { do: 'draft'; id: string }
  | { do: 'drop_draft'; id: string }
  | { do: 'refused' }
  | { do: 'retry_refused'; entry: number }
  | { do: 'dismiss_refused'; entry: number }
  | { do: 'configure'; settings: SettingsView }
  | { do: 'cut_link'; cut: boolean }
export type ApiError = { code: string; message: string; hint: string }
export type Response =
  | { is: 'status'; status: StatusView }
  | { is: 'me'; me: MeView }
  | { is: 'today'; today: TodayView }
  | { is: 'list'; rows: Array<RowView>; total: number }
  | { is: 'matter'; matter: MatterView }
  | { is: 'recorded'; id: DocId }
  | { is: 'synced'; outcome: SyncOutcome }
  | { is: 'choices'; categories: Array<CategoryView>; buildings: Array<BuildingView>; members: Array<MemberView> }
  | { is: 'draft'; draft?: DraftView }
  | { is: 'refused'; entries: Array<RefusedView> }
  | { is: 'file'; media: string; base64: string }
  | { is: 'error'; error: ApiError }
export type Event = { ev: 'changed' } | { ev: 'status'; status: StatusView }
export type RecordState = 'local' | 'delivered' | 'attention'
export type Connection = 'not_enrolled' | 'unknown' | 'online' | 'offline' | 'syncing' | 'revoked'
export type StatusView = {
  connection: Connection
  unsent: number
  sent_now: number
  refused: number
  attention: number
  last_sync?: number
  can_cut: boolean
  cut: boolean
  cursors: Record<string, number>
  epoch?: string
  digest: string
  repaired: number
}
export type RowView = {
  id: DocId
  kind: RecordKind
  title: string
  place: string
  group: string
  category: string
  status: Status
  path?: Path
  assignee?: string
  due?: number
  urgency: string
  created_at: number
  updated_at: number
  last_step: string
  state: RecordState
  conflict: boolean
  needs_eyes: Array<NeedsEyesReason>
  whole: boolean
}
export type TodayView = { rows: Array<RowView>; open: number }
export type ValueView = { value: string; shown: string; by: string; mine: boolean; at: number }
export type FactView = { field: string; values: Array<ValueView>; editable: boolean }
export type TimelineView = { id: string; what: string; event?: EventBody; to?: string; by: string; mine: boolean; at: number }
export type NeedsEyesView = { reason: NeedsEyesReason; events: Array<string>; settle_by: Array<string> }
export type ActionOffer = { action: string; primary: boolean }
export type AttachmentView = { hash: FileHash; media: string; size: number; here: boolean; delivered: boolean }
export type MatterView = {
  row: RowView
  facts: Array<FactView>
  timeline: Array<TimelineView>
  needs_eyes: Array<NeedsEyesView>
  offers: Array<ActionOffer>
  waiting_for: Array<string>
  attachments: Array<AttachmentView>
  created_by: string
  scope_name: string
  reopened: number
  self_resolved: boolean
  refused: Array<RefusedView>
  digest: string
}
export type MemberView = { id: MemberId; name: string; roles: Array<Role>; nodes: Array<string> }
export type MeView = {
  enrolled: boolean
  member?: MemberView
  tenant: string
  server: string
  grids: Array<string>
  local: number
  delivered: number
  attention: number
  settings: SettingsView
  version: string
}
export type CategoryView = { code: string; zh: string; en: string; kinds: Array<RecordKind> }
export type BuildingView = { id: PlaceId; name: string; grid: string; units: Array<Unit> }
export type DraftView = { id: string; body: unknown; at: number }
export type RefusedView = {
  entry: number
  id: DocId
  title: string
  code: string
  message: string
  at: number
  says: Array<string>
  can_retry: boolean
}
export type SettingsView = { text_size: string; theme: string; language: string }
export type SyncOutcome = {
  sent: number
  received: number
  refused: number
  round_trips: number
  bytes_up: number
  bytes_down: number
  done: boolean
}
