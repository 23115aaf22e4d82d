// The only place that knows where the API's types come from. They are generated from the engine's own (`cargo xtask bindings`).
export type { ActionOffer } from './bindings/ActionOffer'
export type { ApiError } from './bindings/ApiError'
export type { AttachmentView } from './bindings/AttachmentView'
export type { BuildingView } from './bindings/BuildingView'
export type { CategoryView } from './bindings/CategoryView'
export type { Connection } from './bindings/Connection'
export type { DocId } from './bindings/DocId'
export type { DraftView } from './bindings/DraftView'
export type { Event } from './bindings/Event'
export type { EventBody } from './bindings/EventBody'
export type { FactView } from './bindings/FactView'
export type { FileHash } from './bindings/FileHash'
export type { ListFilter } from './bindings/ListFilter'
export type { ListKind } from './bindings/ListKind'
export type { MatterView } from './bindings/MatterView'
export type { MeView } from './bindings/MeView'
export type { MemberId } from './bindings/MemberId'
export type { MemberView } from './bindings/MemberView'
export type { Nearness } from './bindings/Nearness'
export type { NeedsEyesReason } from './bindings/NeedsEyesReason'
export type { NeedsEyesView } from './bindings/NeedsEyesView'
export type { NewPhoto } from './bindings/NewPhoto'
export type { NodeId } from './bindings/NodeId'
export type { Path } from './bindings/Path'
export type { PlaceId } from './bindings/PlaceId'
export type { RecordKind } from './bindings/RecordKind'
export type { RecordState } from './bindings/RecordState'
export type { RefusedForm } from './bindings/RefusedForm'
export type { RefusedNext } from './bindings/RefusedNext'
export type { RefusedView } from './bindings/RefusedView'
export type { Request } from './bindings/Request'
export type { RescueSummary } from './bindings/RescueSummary'
export type { Response } from './bindings/Response'
export type { Role } from './bindings/Role'
export type { RowView } from './bindings/RowView'
export type { SettingsView } from './bindings/SettingsView'
export type { RecurrenceView } from './bindings/RecurrenceView'
export type { SimilarView } from './bindings/SimilarView'
export type { Status } from './bindings/Status'
export type { StatusView } from './bindings/StatusView'
export type { SyncOutcome } from './bindings/SyncOutcome'
export type { TimelineView } from './bindings/TimelineView'
export type { TodayView } from './bindings/TodayView'
export type { Unit } from './bindings/Unit'
export type { ValueView } from './bindings/ValueView'

/**
 * What the fact `place` holds, as JSON in one text: building, unit, door (room), and words. It crosses the API only inside that
 * text, so it is not among the generated types.
 */
export interface Place {
  b?: string
  u?: string
  r?: string
  t?: string
}
