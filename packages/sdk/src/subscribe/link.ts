import { notificationFromSse, type ParsedNotification, parseContainer, SseParser } from "@reelay/protocol";
import { callError } from "../client/deadline.ts";
import { fetchStream, type Limits } from "../client/send.ts";
import { type Target, toProbeURL } from "../client/target.ts";
import type { NotificationFormatError } from "../models/errors.ts";
import { NotificationFormatError as FormatError } from "../models/errors.ts";
import { formatError, tooLarge } from "../stream/decoder.ts";
import { type ReelayEvent, readReelayEvent } from "../stream/reelay-events.ts";
import { openWebSocket } from "../transports/websocket.ts";
import type { Route } from "./route.ts";

/** What happens on an open connection. */
export interface LinkEvents {
  alive(): void;
  notification(notification: ParsedNotification): void;
  /** Of Reelay's own stream. */
  event(event: ReelayEvent): void;
  /** The server said that it is there; with its position, if it knows such. */
  heartbeat(position?: string): void;
  /** All up to this position was told. */
  position(position: string): void;
  /** The server asks for so long a wait before the next connection. */
  retry(milliseconds: number): void;
  problem(error: NotificationFormatError): void;
  end(error?: Error): void;
}

/** One open connection, whatever its transport. */
export interface Link {
  /** Begins to tell. */
  start(): void;
  /** Asks for a sign of life, which `alive` tells. */
  nudge(): void;
  close(): void;
}

export interface LinkOptions {
  readonly limits: Limits;
  readonly maxFrameBytes: number;
  readonly lastEventId: string | undefined;
  /** Whether messages are events of Reelay's log; what is about the stream looks as on Plex's. */
  readonly isReelay: boolean;
}

/**
 * Opens a connection.
 * @throws CallError
 */
export function openLink(
  target: Omit<Target, "path" | "accept">,
  { transport, path }: Route,
  options: LinkOptions,
  events: LinkEvents,
): Promise<Link> {
  const open = transport === "websocket" ? openWebSocketLink : openEventSourceLink;
  return open({ ...target, path, accept: "text/event-stream, application/json;q=0.5" }, options, events);
}

async function openEventSourceLink(target: Target, options: LinkOptions, events: LinkEvents): Promise<Link> {
  const headers = { "Last-Event-ID": options.lastEventId };
  const { request, response } = await fetchStream({ ...target, headers }, options.limits);
  const reader = response.body?.getReader();
  const parser = new SseParser({ maxEventBytes: options.maxFrameBytes });
  let closed = false;

  const read = async () => {
    try {
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (closed) return;
        if (done || value === undefined) break;
        events.alive();
        for (const item of parser.push(value)) {
          if (closed) return;
          if (item.kind === "retry") events.retry(item.milliseconds);
          else if (item.kind === "overflow") events.problem(tooLarge());
          // Its events have no name there, all else has.
          else if (options.isReelay && item.event === "message") tellEvent(item.data, events);
          else {
            const result = notificationFromSse(item);
            if (!result.ok) events.problem(formatError(result.error));
            else if (result.value) events.notification(result.value);
            else events.heartbeat(item.id);
          }
          if (item.kind !== "retry" && item.lastEventId !== "") events.position(item.lastEventId);
        }
      }
      events.end();
    } catch (error) {
      if (!closed) events.end(callError(error, request.url));
    }
  };
  return {
    start: () => void read(),
    nudge: () => undefined,
    close() {
      closed = true;
      void reader?.cancel().catch(() => undefined);
    },
  };
}

async function openWebSocketLink(target: Target, options: LinkOptions, events: LinkEvents): Promise<Link> {
  const query = { ...target.query, ids: "1", lastEventId: options.lastEventId };
  let tellsPosition = false;
  let closed = false;
  const guarded = (tell: () => void) => {
    if (!closed) tell();
  };
  const channel = await openWebSocket(
    { ...target, query },
    options.limits,
    {
      alive: () => guarded(events.alive),
      end: (error) => guarded(() => events.end(error)),
      problem: (code, message) => guarded(() => events.problem(new FormatError(code, message))),
      text(text) {
        if (closed || (options.isReelay && tellEvent(text, events))) return;
        const result = parseContainer(text);
        if (!result.ok) return guarded(() => events.problem(formatError(result.error)));
        for (const notification of result.value) {
          if (notification.type === "reelay.position" && !("payloadKey" in notification)) {
            tellsPosition = true;
            guarded(() => events.heartbeat(notification.entry.position));
          } else guarded(() => events.notification(notification));
        }
        const position = result.value.at(-1)?.id;
        if (position !== undefined) guarded(() => events.position(position));
      },
    },
    options.maxFrameBytes,
  );
  return {
    start: channel.resume,
    nudge() {
      if (channel.ping) channel.ping();
      // Each 10 s, by itself.
      else if (!tellsPosition) void probe(target, options.limits, events.alive);
    },
    close() {
      closed = true;
      channel.close();
    },
  };
}

/** @returns whether it was an event, or one that cannot be read: not about the stream itself */
function tellEvent(text: string, events: Pick<LinkEvents, "event" | "problem">): boolean {
  const result = readReelayEvent(text);
  if (!result.ok) events.problem(formatError(result.error));
  else if (result.value) events.event(result.value);
  return !result.ok || result.value !== undefined;
}

/** Where PINGs are not shown: a server that still answers there is taken to be there here. A page may not read the answer, only know of it. */
async function probe(target: Target, { signal }: Limits, alive: () => void): Promise<void> {
  try {
    const mode = "document" in globalThis ? "no-cors" : "cors";
    const url = toProbeURL(target, "identity");
    const response = await fetch(url, { mode, ...(signal ? { signal } : {}) });
    void response.body?.cancel().catch(() => undefined);
    alive();
  } catch {
    // No answer is the answer: the silence goes on.
  }
}
