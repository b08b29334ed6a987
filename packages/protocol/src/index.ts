export { decodeBase64 } from "./base64.ts";
export { ByteSink } from "./byte-sink.ts";
export * from "./catalogue.ts";
export * from "./examples.ts";
export type { EntryOf, Field, FieldType } from "./fields.ts";
export * from "./filters.ts";
export { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
export * from "./match.ts";
export { nearestOf } from "./match-nearest.ts";
export * from "./match-parse.ts";
export * from "./match-subject.ts";
export * from "./media-container.ts";
export * from "./metadata-types.ts";
export * from "./multipart.ts";
export { type MultipartHead, multipartBoundaryOf } from "./multipart-header.ts";
export * from "./multipart-parser.ts";
export * from "./notification-types.ts";
export {
  encodeContainer,
  type NotificationEncoding,
  type ParsedNotification,
  parseContainer,
  payloadKeyOf,
} from "./notifications.ts";
export { failure, ok, type Result, type WireError, type WireErrorCode } from "./result.ts";
export * from "./sessions.ts";
export * from "./sessions-types.ts";
export * from "./sse.ts";
export * from "./sse-parser.ts";
export * from "./webhook-body.ts";
export * from "./webhook-parse.ts";
export * from "./webhook-received.ts";
export * from "./webhook-types.ts";
export {
  encodeBinaryFrame,
  encodeCloseFrame,
  encodeFrame,
  encodePingFrame,
  encodePongFrame,
  encodeTextFrame,
  type FrameOptions,
  isCloseCode,
  type RandomSource,
  type WebSocketOpcode,
} from "./websocket.ts";
export * from "./websocket-handshake.ts";
export * from "./websocket-reader.ts";
export * from "./websocket-response.ts";
export { escapeAttribute, parseXml, type XmlElement, type XmlLimits } from "./xml.ts";
