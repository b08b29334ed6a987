import { afterAll, beforeAll } from "vitest";
import { selfSigned } from "../../../../test/support/certificates.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { readTlsPair, type TlsPair } from "../http/index.ts";
import { WEBSOCKET_PATHS } from "./index.ts";
import { streamContract } from "./stream.contract.ts";
import { type Arrival, arrivals } from "./testing/arrival.ts";
import { type Connect, connectLines, connectSse, connectWebSocket } from "./testing/stream-client.ts";

streamContract("SSE", connectSse());
streamContract("SSE as an octet-stream", connectSse("application/octet-stream"));
for (const path of WEBSOCKET_PATHS) {
  streamContract(`WebSocket ${path}`, connectWebSocket(path));
  streamContract(`documents as an octet-stream ${path}`, connectLines(path));
}

// Those above come in one chunk and are served before node:http sees them; these it serves.
const by =
  (connect: Connect, arrival: Arrival): Connect =>
  (options) =>
    connect({ ...options, arrival });
for (const arrival of arrivals) {
  if (arrival === "in one chunk") continue;
  streamContract(`SSE, its request ${arrival}`, by(connectSse(), arrival));
  streamContract(`WebSocket, its request ${arrival}`, by(connectWebSocket(WEBSOCKET_PATHS[0]), arrival));
}

let folder: TemporaryFolder;
let pair: TlsPair;
beforeAll(async () => {
  folder = await temporaryFolder("stream-tls");
  pair = readTlsPair(await selfSigned(folder.path, "localhost"));
});
afterAll(() => folder?.[Symbol.asyncDispose]());
const overTls =
  (connect: Connect): Connect =>
  (options) =>
    connect({ ...options, tls: true });
streamContract("SSE over TLS", overTls(connectSse()), () => pair);
streamContract("WebSocket over TLS", overTls(connectWebSocket(WEBSOCKET_PATHS[0])), () => pair);
