export type { Arrival, ItemFacts } from "./item-facts.ts";
export { entryOfRow, LocalEventLog } from "./local-log.ts";
export type { EventLog, FreshEntry, LogEntry } from "./log.ts";
export { PositionMark, type Renewal } from "./mark.ts";
export type {
  AccountFacts,
  ActivityFacts,
  ArrivalFacts,
  AudienceOf,
  DeviceFacts,
  Family,
  MediaEvent,
  MediaEventFacts,
  MediaEventType,
  NewMediaEvent,
  SettingFacts,
  ToldNotification,
} from "./media-event.ts";
export { mediaEventTypes } from "./media-event.ts";
export { Outbox } from "./outbox.ts";
export type {
  NamedItemFacts,
  OnDeckFacts,
  PersonFacts,
  PlayerFacts,
  RatingFacts,
  SessionFacts,
} from "./playback-facts.ts";
export { formatPosition, type Position, parsePosition } from "./position.ts";
export { familiesOf, ownNotification, toNotification } from "./projections.ts";
export { type Gap, type Start, startOf } from "./resume.ts";
export { Retention, type RetentionLimits, type RetentionOptions } from "./retention.ts";
export {
  type Audience,
  type AudienceText,
  audienceText,
  maySee,
  parseAudience,
  type Rights,
  rightsKey,
  sectionsOf,
} from "./rights.ts";
export { type ArrivedItem, type RolledUp, rollUp } from "./roll-up.ts";
export { sessionEventTypes } from "./session-event-types.ts";
export { type ItemSnapshot, readSnapshot, storeSnapshot } from "./snapshots.ts";
export { ProgressThrottle } from "./throttle.ts";
export type { Missed, UpstreamFacts, UpstreamGapFacts, UpstreamTroubleFacts } from "./upstream-facts.ts";
export { type WebhookScene, webhookPayload } from "./webhook-projection.ts";
export {
  type WebhookRecipient,
  type WebhookTold,
  type WebhookWhose,
  webhookNamesOf,
  webhookRules,
  webhookTold,
} from "./webhook-told.ts";
