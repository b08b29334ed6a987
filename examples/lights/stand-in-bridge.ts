import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A lamp as the bridge knows it. */
export interface LampState {
  readonly on: boolean;
  /** 1 to 254 */
  readonly bri: number;
}

/** A bridge without lamps: it takes the calls, keeps the state and tells it. */
export interface StandInBridge extends AsyncDisposable {
  readonly url: string;
  readonly state: LampState;
}

export interface StandInBridgeOptions {
  /** Default: any. */
  readonly port?: number;
  /** Told after each change. */
  readonly onChange?: (state: LampState) => void;
}

/** Starts one: `PUT /api/<key>/lights/<n>/state` and `GET /api/<key>/lights/<n>`, for any key and one lamp. */
export async function standInBridge({ port = 0, onChange }: StandInBridgeOptions = {}): Promise<StandInBridge> {
  let state: LampState = { on: true, bri: 254 };
  const server = createServer(async (request, response) => {
    const { status = 200, body } = await answer(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  async function answer(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    const [, resource, , lights, light, part] = (request.url ?? "").split("/");
    if (resource !== "api" || lights !== "lights" || light !== "1") return { status: 404, body: [] };
    if (request.method === "GET") return { body: { state, name: "Stand-in lamp" } };
    if (request.method !== "PUT" || part !== "state") return { status: 405, body: [] };
    const next = changed(state, await json(request).catch(() => undefined));
    if (next === undefined) return { body: [{ error: { type: 2, description: "body contains invalid json" } }] };
    state = next;
    onChange?.(state);
    return { body: [{ success: { "/lights/1/state": state } }] };
  }
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get state() {
      return state;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function changed(state: LampState, change: unknown): LampState | undefined {
  if (typeof change !== "object" || change === null) return undefined;
  const { on = state.on, bri = state.bri } = change as { on?: unknown; bri?: unknown };
  if (typeof on !== "boolean" || typeof bri !== "number" || !(bri >= 1 && bri <= 254)) return undefined;
  return { on, bri: Math.round(bri) };
}

/** How bright it is, 0 to 100. */
export function brightnessOf({ on, bri }: LampState): number {
  return on ? Math.round((bri * 100) / 254) : 0;
}

/** The lamp as a line of text: a bar that is as long as the lamp is bright. */
export function drawLamp(state: LampState, width = 20): string {
  const brightness = brightnessOf(state);
  const lit = Math.round((brightness * width) / 100);
  return `(${brightness > 50 ? "☼" : brightness > 0 ? "·" : " "}) ${"█".repeat(lit)}${"░".repeat(width - lit)} ${String(brightness).padStart(3)} %`;
}
