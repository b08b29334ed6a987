import { WEBSOCKET_PATHS } from "./index.ts";
import { streamContract } from "./stream.contract.ts";
import { connectLines, connectSse, connectWebSocket } from "./testing/stream-client.ts";

streamContract("SSE", connectSse());
streamContract("SSE as an octet-stream", connectSse("application/octet-stream"));
for (const path of WEBSOCKET_PATHS) {
  streamContract(`WebSocket ${path}`, connectWebSocket(path));
  streamContract(`documents as an octet-stream ${path}`, connectLines(path));
}
