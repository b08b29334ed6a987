import { abortError, withDeadline } from "../client/deadline.ts";
import { answerError } from "../client/response.ts";
import type { Limits } from "../client/send.ts";
import { type Target, toProbeURL, toQueryURL } from "../client/target.ts";
import { ConnectionError, InvalidRequestError } from "../models/errors.ts";
import type { Channel, ChannelEvents } from "./channel.ts";

/** Of what came while nobody read: this WebSocket cannot be told to wait. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * The runtime's own WebSocket. It sends no headers, shows no PINGs and hides why a handshake was refused.
 * @throws CallError
 */
export async function openGlobalWebSocket(
  target: Target,
  limits: Limits,
  events: ChannelEvents,
  maxFrameBytes: number,
): Promise<Channel> {
  if (typeof WebSocket === "undefined")
    throw new InvalidRequestError("This runtime has no WebSocket: use getNotifications, or transport eventsource.");
  const url = toQueryURL(target);
  const request = new Request(toProbeURL({ ...target, token: undefined }));
  return withDeadline(request.url, limits, async (signal) => {
    const socket = new WebSocket(url.href.replace(/^http/, "ws"));
    if (!(await opened(socket, signal))) throw await whyRefused(target, request, signal);
    const channel = channelOn(socket, request.url, signal, events, maxFrameBytes);
    return { request, response: new Response(null), ...channel };
  });
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      socket.close();
      reject(signal.reason);
    };
    const settle = (open: boolean) => {
      signal.removeEventListener("abort", aborted);
      resolve(open);
    };
    signal.addEventListener("abort", aborted);
    socket.addEventListener("open", () => settle(true));
    socket.addEventListener("error", () => settle(false));
    socket.addEventListener("close", () => settle(false));
  });
}

/** Asks the server's root with the same token, which refuses it alike and says so. */
async function whyRefused(target: Target, request: Request, signal: AbortSignal): Promise<Error> {
  let response: Response;
  try {
    const { client } = target;
    response = await client._httpClient.request(new Request(toProbeURL(target), { signal, redirect: "manual" }));
  } catch (cause) {
    if (signal.aborted) throw cause;
    return new ConnectionError(
      `No WebSocket to ${new URL(request.url).origin}, and the browser does not tell why: check the token and that the server runs; a Plex server lets pages of other sites read nothing else.`,
      { cause },
    );
  }
  // A 200 says that the server is there and the token good: what refused is between, or an older server.
  return answerError(response, request, target.token);
}

function channelOn(
  socket: WebSocket,
  url: string,
  signal: AbortSignal,
  events: ChannelEvents,
  maxFrameBytes: number,
): Pick<Channel, "pause" | "resume" | "close"> {
  let waiting: string[] | undefined = [];
  let waitingLength = 0;
  let ended: (() => void) | undefined;
  let over = false;

  const aborted = () => finish(abortError(signal));
  const leave = () => {
    over = true;
    signal.removeEventListener("abort", aborted);
    socket.close();
  };
  const finish = (error?: Error) => {
    if (over || ended) return;
    // What came before the end is told before it.
    ended = () => {
      leave();
      events.end(error);
    };
    if (waiting === undefined) ended();
  };
  const tell = (text: string) => {
    if (text.length > maxFrameBytes) events.problem("too-large", "A message is longer than the limit.");
    else events.text(text);
  };
  socket.addEventListener("message", ({ data }: MessageEvent) => {
    if (over || ended) return;
    events.alive();
    if (typeof data !== "string") return;
    if (waiting === undefined) return tell(data);
    waitingLength += data.length;
    waiting.push(data);
    if (waitingLength > MOST_WAITING) {
      waiting = [];
      finish(new ConnectionError("More came than was read, and a WebSocket of this runtime cannot wait."));
    }
  });
  socket.addEventListener("close", ({ code, reason }: CloseEvent) => {
    const origin = new URL(url).origin;
    finish(
      code === 1000 || code === 1001 || code === 1005
        ? undefined
        : new ConnectionError(`The WebSocket to ${origin} was closed with ${code}${reason && `: ${reason}`}.`),
    );
  });
  signal.addEventListener("abort", aborted);
  return {
    pause: () => {
      waiting ??= [];
    },
    resume() {
      const texts = waiting ?? [];
      waiting = undefined;
      waitingLength = 0;
      for (let at = 0; at < texts.length && !over; at++) {
        if (waiting !== undefined) {
          waiting = texts.slice(at);
          return;
        }
        tell(texts[at] ?? "");
      }
      ended?.();
    },
    close: leave,
  };
}
