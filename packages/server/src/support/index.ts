export { Alarm, type AlarmKind, type AlarmRaised } from "./alarm.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { type ErrorCode, type ErrorReply, errorCatalogue, errorReply, ReelayError, systemCode } from "./errors.ts";
export { newToken, randomHex, uuidv7 } from "./ids.ts";
export { createLogger, type Logger, withoutToken } from "./logger.ts";
export { SecretBox, type SecretBoxOptions } from "./secret-box.ts";
export { harmless } from "./text.ts";
