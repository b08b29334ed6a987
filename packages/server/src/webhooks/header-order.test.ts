import { expect, test } from "vitest";
import { inPlexOrder } from "./header-order.ts";

const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

test("the length stands behind the user agent, and Connection only where it says something", () => {
  expect(
    inPlexOrder(
      head("POST /a HTTP/1.1", "host: x:1", "connection: keep-alive", "User-Agent: P", "A: b", "content-length: 7"),
    ),
  ).toBe(head("POST /a HTTP/1.1", "Host: x:1", "User-Agent: P", "Content-Length: 7", "A: b"));
  expect(inPlexOrder(head("GET / HTTP/1.1", "host: x", "connection: close", "A: b"))).toBe(
    head("GET / HTTP/1.1", "Host: x", "Connection: close", "A: b"),
  );
  expect(inPlexOrder(head("PUT / HTTP/1.1", "host: x", "A: b", "content-length: 0"))).toBe(
    head("PUT / HTTP/1.1", "Host: x", "Content-Length: 0", "A: b"),
  );
});

test.each(["7\r\n", "POST /a HTTP/1.1\r\nhost: x\r\n", '{"POST / HTTP/1.1\r\n":1}\r\n\r\n', ""])(
  "%j is left as it is",
  (text) => {
    expect(inPlexOrder(text)).toBe(text);
  },
);
