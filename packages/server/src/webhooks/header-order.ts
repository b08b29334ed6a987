import type { Socket } from "node:net";

/**
 * Makes a client's requests leave with their headers as a Plex Media Server writes them: `Host`, then those of the request in their own order, with
 * `Content-Length` behind `User-Agent`. undici writes the length last and in lower case, and names `Connection`, which HTTP/1.1 does not need.
 * Receivers that compare bytes, and people who read captures, see no difference then.
 *
 * The head of a request is the only text that undici writes: bodies are bytes.
 */
export function writeHeadersInPlexOrder(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === "string" ? inPlexOrder(chunk) : chunk, ...rest);
}

/** What is not the whole head of a request stays as it is. */
export function inPlexOrder(head: string): string {
  if (!/^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(head) || !head.endsWith("\r\n\r\n")) return head;
  const [request = "", ...fields] = head.slice(0, -4).split("\r\n");
  const take = (name: string): string[] => {
    const at = fields.findIndex((field) => field.toLowerCase().startsWith(`${name}:`));
    return at === -1 ? [] : fields.splice(at, 1).map((field) => field.slice(field.indexOf(":") + 1).trim());
  };
  const host = take("host").map((value) => `Host: ${value}`);
  const connection = take("connection").flatMap((value) => (value === "keep-alive" ? [] : [`Connection: ${value}`]));
  const length = take("content-length").map((value) => `Content-Length: ${value}`);
  const agent = fields.findIndex((field) => field.toLowerCase().startsWith("user-agent:"));
  fields.splice(agent + 1, 0, ...length);
  return `${[request, ...host, ...connection, ...fields].join("\r\n")}\r\n\r\n`;
}
