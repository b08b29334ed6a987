export * from "./catalogue.ts";
export * from "./examples.ts";
export type { EntryOf, Field, FieldType } from "./fields.ts";
export * from "./filters.ts";
export { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
export * from "./media-container.ts";
export * from "./metadata-types.ts";
export * from "./notification-types.ts";
export {
  encodeContainer,
  type NotificationEncoding,
  type ParsedNotification,
  parseContainer,
  payloadKeyOf,
} from "./notifications.ts";
export type { Result, WireError, WireErrorCode } from "./result.ts";
export * from "./sse.ts";
export * from "./sse-parser.ts";
export * from "./websocket.ts";
export { escapeAttribute, parseXml, type XmlElement, type XmlLimits } from "./xml.ts";
