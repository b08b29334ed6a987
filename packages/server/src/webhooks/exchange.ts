import type { Dispatcher } from "undici";
import { type Clock, type ErrorCode, ReelayError, systemCode } from "../support/index.ts";
import { ConnectTimeout, type ConnectTimings, type Line } from "./connector.ts";
import { retryAfter } from "./schedule.ts";

/** Of an answer; what is longer is cut. Bytes. */
const ANSWER_BYTES = 65_536;
/** That a kept connection was closed shows within a round trip; what ends it later is the receiver's work on the request. */
const STALE_MS = 2_000;

export interface Timings extends Readonly<ConnectTimings> {
  /** Milliseconds from the start to the first byte of the answer; missing without one. */
  readonly firstByte?: number;
  readonly total: number;
}

export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  /** As far as it was read: 64 KiB. */
  readonly body: Buffer;
  /** There was more. */
  readonly cut: boolean;
}

/** What came of one request. */
export interface Sent {
  readonly status?: number;
  /** Missing for a success: any 2xx. */
  readonly error?: ErrorCode;
  /** What the system says of it, for people; holds no secret. */
  readonly message?: string;
  readonly answer?: Answer;
  /** Milliseconds that the receiver asks for. */
  readonly retryAfter?: number;
  readonly timings: Timings;
  /** Sent again at once, because a kept connection was closed by the receiver at the same moment. */
  readonly reconnected: number;
}

/** One request and its answer, as far as they have come. */
export class Exchange {
  cut = false;
  readonly #head: string;
  readonly #started: number;
  readonly #clock: Clock;
  #line: Line | undefined;
  #kept = false;
  /** When a connection took it, epoch ms. */
  #began = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #status: number | undefined;
  #headers: Record<string, string> = {};
  #firstByte: number | undefined;
  #timings: ConnectTimings = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /**
   * @param head as it is to go out
   * @param started by `performance.now()`
   */
  constructor(head: string, started: number, clock: Clock) {
    this.#head = head;
    this.#started = started;
    this.#clock = clock;
  }

  get phase(): Line["phase"] {
    return this.#line?.phase ?? "open";
  }

  /** It went into a connection that was open before, and no answer began: the receiver has just closed it. */
  get stale(): boolean {
    const isSoon = this.#clock.now() - this.#began < STALE_MS;
    return this.#kept && isSoon && this.#status === undefined && !this.#aborted;
  }

  onLine(line: Line): void {
    this.#line = line;
  }

  /** The connection is open and takes the request. */
  onStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#began = this.#clock.now();
    const timings = this.#line?.timings;
    this.#kept = timings === undefined;
    if (timings !== undefined) this.#timings = timings;
    if (this.#line !== undefined) {
      this.#line.timings = undefined;
      this.#line.head = this.#head;
    }
    if (this.#aborted) controller.abort(new Error("too late"));
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#status = status;
    this.#firstByte = performance.now() - this.#started;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }

  /** @returns false when no more is to be read */
  onData(chunk: Buffer): boolean {
    const room = ANSWER_BYTES - this.#bytes;
    this.#chunks.push(chunk.subarray(0, room));
    this.#bytes += chunk.length;
    this.cut = chunk.length > room;
    return !this.cut;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error("too late"));
  }

  /** @param failed what ended it before its end; with the head of a success there, it is one all the same */
  end(failed?: Pick<Sent, "error" | "message">): Omit<Sent, "reconnected"> {
    const status = this.#status;
    const timings = {
      ...this.#timings,
      ...(this.#firstByte === undefined ? {} : { firstByte: this.#firstByte }),
      total: performance.now() - this.#started,
    };
    if (status === undefined) return { ...failed, timings };
    const wish = retryAfter(this.#headers["retry-after"], this.#clock.now());
    return {
      status,
      ...errorOfStatus(status),
      answer: { headers: this.#headers, body: Buffer.concat(this.#chunks), cut: this.cut || failed !== undefined },
      ...(wish === undefined ? {} : { retryAfter: wish }),
      timings,
    };
  }
}

function errorOfStatus(status: number): Pick<Sent, "error"> {
  if (status >= 200 && status < 300) return {};
  if (status === 410) return { error: "REELAY_DELIVERY_GONE" };
  return { error: status >= 300 && status < 400 ? "REELAY_DELIVERY_REDIRECTED" : "REELAY_DELIVERY_STATUS" };
}

const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ESERVFAIL", "ETIMEOUT"]);

export function failure(error: unknown, phase: Line["phase"]): { error: ErrorCode; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReelayError) return { error: error.code, message };
  if (error instanceof ConnectTimeout) return { error: "REELAY_DELIVERY_TIMEOUT", message };
  const code = systemCode(error) ?? "";
  if (isNoHttp(error, code)) return { error: "REELAY_DELIVERY_BAD_ANSWER", message };
  if (phase === "dns" || DNS.has(code)) return { error: "REELAY_DELIVERY_NAME", message };
  if (phase === "connect") return { error: "REELAY_DELIVERY_UNREACHABLE", message };
  if (phase === "tls") return { error: "REELAY_DELIVERY_TLS", message };
  return { error: "REELAY_DELIVERY_CUT", message };
}

/** undici tells some of what it cannot read under the code of a connection that was lost. */
function isNoHttp(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return (
    name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW" || /^bad (?:response|upgrade)$/.test(message)
  );
}
