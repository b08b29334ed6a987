import type { Socket } from "node:net";
import { ReelayError } from "../support/index.ts";
import type { WebhookRequest } from "./hook.ts";

/** Of a value's bytes (latin1): no line may end in it, and no other control character be there. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Names that are in every request, and need not be checked again. */
const checked = new Set<string>();
const MOST_CHECKED = 10_000;

/**
 * The head of a request as a Plex Media Server writes it: `Host`, then its headers in their own order. undici would write
 * the length last and in lower case, and name `Connection`, which HTTP/1.1 does not need. Receivers that compare bytes, and
 * people who read captures, see no difference then.
 * @throws REELAY_DELIVERY_UNBUILDABLE for what is no header: one more line in a value would be one of somebody else
 */
export function requestHead({ method, headers }: Pick<WebhookRequest, "method" | "headers">, url: URL): string {
  let head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n`;
  for (const [name, value] of headers) {
    requireName(name);
    if (!VALUE.test(value)) throw unbuildable(`The value of ${name} holds what no header may hold.`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

function requireName(name: string): void {
  if (checked.has(name)) return;
  if (!NAME.test(name)) throw unbuildable("The name of a header holds what no name may hold.");
  if (checked.size >= MOST_CHECKED) checked.clear();
  checked.add(name);
}

function unbuildable(detail: string): ReelayError {
  return new ReelayError("REELAY_DELIVERY_UNBUILDABLE", detail);
}

/**
 * Makes the requests of a connection leave with their own heads. The head is the only text that undici writes (bodies are
 * bytes), and it does so right after it has said that the request starts.
 * @param line its `head` is the next one; it is taken when it is written
 */
export function writeOwnHeads(socket: Socket, line: { head?: string | undefined }): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (chunk: unknown, ...rest: unknown[]) => {
    if (typeof chunk !== "string" || line.head === undefined) return write(chunk, ...rest);
    const { head } = line;
    line.head = undefined;
    return write(head, ...rest);
  };
}
