import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  encodeCloseFrame,
  encodePingFrame,
  encodePongFrame,
  WebSocketReader,
  websocketAccept,
  websocketKey,
} from "@reelay/protocol";
import { abortError, withDeadline } from "../client/deadline.ts";
import { connectionError } from "../client/explain.ts";
import { answerError } from "../client/response.ts";
import { type Limits, logAnswer, logRequest } from "../client/send.ts";
import { type Target, toRequest } from "../client/target.ts";
import { ConnectionError } from "../models/errors.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import type { NodeRuntime } from "./node-runtime.ts";

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);

/** For the other side to answer our close frame. */
const CLOSE_TIME_MS = 1_000;

/**
 * A WebSocket on a socket of Node, read by the frame reader of the protocol: PINGs are seen, headers are sent, and a refusal
 * keeps its status.
 * @throws CallError
 */
export async function openOwnWebSocket(
  target: Target,
  node: NodeRuntime,
  limits: Limits,
  events: ChannelEvents,
  maxFrameBytes: number,
): Promise<Channel> {
  const plain = toRequest(target);
  return withDeadline(plain.url, limits, async (signal) => {
    const request = await target.client._httpClient.prepare(plain);
    const logger = target.client._options.debugLogger;
    logRequest(logger, request);
    const key = websocketKey(random);
    const accept = await websocketAccept(key);
    const { message, socket, head } = await send(request, node, key, signal);
    const response = toResponse(message, socket === undefined);
    logAnswer(logger, { status: message.statusCode ?? 0, headers: response.headers });
    if (socket === undefined) throw await answerError(response, request, target.token);
    if (message.headers["sec-websocket-accept"] !== accept) {
      socket.destroy();
      throw new ConnectionError(
        `${new URL(request.url).origin} answered another handshake than this one: a proxy between must not cache it.`,
      );
    }
    if (head.length > 0) socket.unshift(head);
    return { request, response, ...channelOn(socket, request.url, signal, events, maxFrameBytes) };
  });
}

interface Answer {
  readonly message: IncomingMessage;
  /** Undefined if the server did not upgrade. */
  readonly socket?: Duplex;
  readonly head: Uint8Array;
}

function send(request: Request, node: NodeRuntime, key: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const client = url.protocol === "https:" ? node.https : node.http;
    const outgoing = client.request(url, {
      agent: false,
      headers: {
        ...Object.fromEntries(request.headers),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
      },
    });
    const abort = () => outgoing.destroy(new Error("aborted"));
    const settled = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    outgoing.on("error", (error) => {
      settled();
      reject(connectionError(error, url));
    });
    outgoing.on("upgrade", (message, socket, head) => {
      settled();
      resolve({ message, socket, head });
    });
    outgoing.on("response", (message) => {
      settled();
      resolve({ message, head: new Uint8Array(0) });
    });
    outgoing.end();
  });
}

/** The answer as `fetch` would have given it. Of a 101, which a `Response` cannot be, the headers. */
function toResponse(message: IncomingMessage, hasBody: boolean): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = message.rawHeaders.slice(at, at + 2);
    try {
      headers.append(name, value);
    } catch {
      // Node reads headers more leniently than `Headers` takes them.
    }
  }
  if (!hasBody) return new Response(null, { headers });
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      message.on("data", (chunk: Uint8Array) => controller.enqueue(chunk));
      message.on("end", () => controller.close());
      message.on("error", (error) => controller.error(error));
    },
    cancel: () => void message.destroy(),
  });
  const isEmpty = status === 204 || status === 205 || status === 304;
  if (isEmpty) message.destroy();
  return new Response(isEmpty ? null : body, { status, headers });
}

function channelOn(
  socket: Duplex,
  url: string,
  signal: AbortSignal,
  events: ChannelEvents,
  maxFrameBytes: number,
): Pick<Channel, "ping" | "pause" | "resume" | "close"> {
  const reader = new WebSocketReader({ role: "client", maxMessageBytes: maxFrameBytes });
  let over = false;

  const aborted = () => finish(abortError(signal));
  const finish = (error?: Error, closeCode = 1000) => {
    if (over) return;
    leave(closeCode);
    events.end(error);
  };
  const leave = (closeCode: number) => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", aborted);
    socket.end(encodeCloseFrame(closeCode, "", { random }));
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIME_MS);
    socket.once("close", () => clearTimeout(timer));
    // What still comes is not looked at, but has to be read for the end to be seen.
    socket.resume();
  };
  const read = (bytes: Uint8Array) => {
    if (over) return;
    events.alive();
    for (const item of reader.push(bytes)) {
      if (over) return;
      if (item.kind === "text") events.text(item.text);
      else if (item.kind === "ping") socket.write(encodePongFrame(item.data, { random }));
      else if (item.kind === "close") finish(isNormal(item.code) ? undefined : closedBy(url, item.code, item.reason));
      else if (item.kind === "error") {
        const { closeCode, message } = item.error;
        events.problem(closeCode === 1009 ? "too-large" : "bad-frame", `${message}.`);
        finish(new ConnectionError(`The WebSocket was closed with ${closeCode}: ${message}.`), closeCode);
      }
    }
  };
  socket.on("data", read);
  socket.pause();
  socket.on("error", (cause) => finish(connectionError(cause, url)));
  socket.on("close", () => finish(lost(url)));
  socket.on("end", () => finish(lost(url)));
  signal.addEventListener("abort", aborted);
  return {
    ping: () => void (over || socket.write(encodePingFrame(undefined, { random }))),
    pause: () => void (over || socket.pause()),
    resume: () => void socket.resume(),
    close: () => leave(1000),
  };
}

function isNormal(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}

function closedBy(url: string, code: number, reason: string): ConnectionError {
  return new ConnectionError(`${new URL(url).origin} closed the WebSocket with ${code}${reason && `: ${reason}`}.`);
}

function lost(url: string): ConnectionError {
  return new ConnectionError(`The connection to ${new URL(url).origin} was lost.`);
}
