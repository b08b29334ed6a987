import { notificationFromSse, parseContainer, SseParser, type WireError } from "@reelay/protocol";
import { NotificationFormatError } from "../models/errors.ts";
import { MAX_FRAME_BYTES } from "../transports/limits.ts";
import { type NotificationEvent, toEvent } from "./events.ts";

/** Takes the next bytes of a stream; gives what became complete with them, problems among it. */
export type Decoder = (bytes: Uint8Array) => (NotificationEvent | NotificationFormatError)[];

/** Of `text/event-stream`, cut anywhere. */
export function sseDecoder(): Decoder {
  const parser = new SseParser({ maxEventBytes: MAX_FRAME_BYTES });
  return (bytes) =>
    parser.push(bytes).flatMap((item): (NotificationEvent | NotificationFormatError)[] => {
      if (item.kind === "retry") return [];
      if (item.kind === "overflow") return [tooLarge()];
      const result = notificationFromSse(item);
      if (!result.ok) return [formatError(result.error)];
      const event = result.value && toEvent(result.value);
      return event === undefined ? [] : [event];
    });
}

/** Of WebSocket documents, one a line. Chunks are whole lines, as the SDK itself makes them. */
export function linesDecoder(): Decoder {
  const decoder = new TextDecoder();
  return (bytes) => {
    const result = parseContainer(decoder.decode(bytes));
    if (!result.ok) return [formatError(result.error)];
    return result.value.map(toEvent).filter((event) => event !== undefined);
  };
}

export function formatError({ code, message }: WireError): NotificationFormatError {
  return new NotificationFormatError(code, `${message}.`);
}

export function tooLarge(): NotificationFormatError {
  return new NotificationFormatError("too-large", "An event is longer than the limit.");
}
