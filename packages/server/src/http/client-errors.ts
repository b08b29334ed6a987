import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ReelayError, systemCode } from "../support/index.ts";
import { refuseSocket } from "./raw-refusal.ts";

/** What the HTTP parser could not read, as a reply; undefined when the caller is gone. */
function toRefusal(error: Error): ReelayError | undefined {
  const code = systemCode(error);
  if (code === "ECONNRESET" || code === "EPIPE") return undefined;
  // No TLS, or none that both understand: nothing can be said in it.
  if (code?.startsWith("ERR_SSL_")) return undefined;
  if (code === "HPE_HEADER_OVERFLOW") return new ReelayError("REELAY_HEADERS_TOO_LARGE");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new ReelayError("REELAY_TIMEOUT");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return new ReelayError("REELAY_TOO_LARGE");
  return new ReelayError("REELAY_BAD_REQUEST", "This is not HTTP/1.1.");
}

/** Answers what never becomes a request: bytes that are no HTTP, heads that are too large or too slow, CONNECT. */
export class ClientErrors {
  /** Answers that are not sent yet, or not to their end, by socket. */
  readonly #answers = new WeakMap<Duplex, Set<ServerResponse>>();

  watch(server: Server): void {
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      const answers = this.#answers.get(socket) ?? new Set();
      this.#answers.set(socket, answers.add(response));
      response.once("close", () => answers.delete(response));
    });
    // No tunnel is offered; left alone, node would hang up without a word.
    server.on("connect", (request: IncomingMessage, socket: Duplex) => {
      refuseSocket(
        socket,
        new ReelayError("REELAY_METHOD_NOT_ALLOWED", undefined, { headers: { allow: "GET" } }),
        request,
      );
    });
    // An expectation that is not known may be ignored (RFC 9110, 10.1.1); node's own 417 has no code.
    server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
      server.emit("request", request, response);
    });
  }

  readonly handle = (error: Error, socket: Socket): void => {
    const refusal = toRefusal(error);
    // An error page in the middle of an answer would be read as a part of it.
    const begun = [...(this.#answers.get(socket) ?? [])].some((response) => response.headersSent);
    if (refusal === undefined || begun) socket.destroy();
    else refuseSocket(socket, refusal);
  };
}
