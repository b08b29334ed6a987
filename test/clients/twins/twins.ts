/** Clients that are not on npm, as their behaviour is known: what each sends, needs, and dies of. */
import { Listener } from "../../support/listener.ts";
import { type Told, toldByDocument } from "../../support/told.ts";
import { type Frame, opcodes, RawWebSocket } from "./raw-websocket.ts";

const PLURAL = "/:/websockets/notifications";

export interface TwinOptions {
  readonly url: string;
  readonly token: string;
}

export interface Twin {
  readonly listener: Listener;
  /** What the client would have reported and given up for. */
  readonly complaints: readonly string[];
  /** PONG payloads received. */
  readonly pongs: readonly string[];
}

/** Runs a twin on an open socket; each frame by itself, none put together with another. */
function run(socket: RawWebSocket, read: (told: Told) => void, onFrame: (frame: Frame) => void = () => undefined) {
  const complaints: string[] = [];
  const pongs: string[] = [];
  const listener = new Listener(() => socket.cut());
  const ended = setInterval(() => {
    if (!socket.closed) return;
    clearInterval(ended);
    listener.ended ??= "closed";
  }, 10);
  socket.each((frame) => {
    onFrame(frame);
    try {
      if (!frame.fin) throw new Error("a fragment");
      if (frame.opcode === opcodes.ping) listener.heartbeat();
      else if (frame.opcode === opcodes.pong) pongs.push(frame.payload.toString());
      else if (frame.opcode === opcodes.text) {
        const told = toldByDocument(frame.payload.toString());
        read(told);
        listener.take(told);
      } else if (frame.opcode !== opcodes.close) throw new Error(`opcode ${frame.opcode}`);
    } catch (error) {
      complaints.push(String(error));
    }
  });
  return { listener, complaints, pongs };
}

/**
 * As Tautulli: token in the header only, an Origin, single raw frames; answers PING with «Hi!», sends PING «Hi?», and
 * takes a server that is silent for 15 s for dead.
 */
export async function singleFrameReader({ url, token }: TwinOptions): Promise<Twin> {
  const socket = await RawWebSocket.connect(`${url}${PLURAL}`, { "X-Plex-Token": token, Origin: url });
  let heard = performance.now();
  const twin = run(
    socket,
    () => undefined,
    (frame) => {
      heard = performance.now();
      if (frame.opcode === opcodes.ping) socket.send(opcodes.pong, "Hi!");
    },
  );
  socket.send(opcodes.ping, "Hi?");
  const watch = setInterval(() => {
    if (socket.closed) clearInterval(watch);
    else if (performance.now() - heard > 15_000) {
      twin.complaints.push("silent for 15 s");
      socket.cut();
    }
  }, 100);
  return twin;
}

/** As go-plex-client: the token in the header, the time as a text message each second, strict about types. */
export async function secondTicker({ url, token }: TwinOptions): Promise<Twin> {
  const socket = await RawWebSocket.connect(`${url}${PLURAL}?numericIds=1`, { "X-Plex-Token": token });
  const tick = setInterval(() => {
    if (socket.closed) clearInterval(tick);
    else socket.send(opcodes.text, new Date().toISOString());
  }, 1_000);
  return run(
    socket,
    ({ type, entry }) => {
      if (type !== "timeline") return;
      for (const key of ["sectionID", "itemID"]) {
        if (!Number.isInteger(entry[key])) throw new Error(`json: cannot unmarshal into int64: ${key}`);
      }
    },
    answerPings(socket),
  );
}

/** As python-plexapi: `/` with the token in the header, then the token in the query only; numbers must parse. */
export async function alertListener({ url, token }: TwinOptions): Promise<Twin> {
  const root = await fetch(`${url}/`, { headers: { "X-Plex-Token": token } });
  if (root.status !== 200 || !/^(?:<\?xml[^>]*\?>\s*)?<MediaContainer\s/.test(await root.text())) {
    throw new Error(`the server's root is ${root.status}`);
  }
  const socket = await RawWebSocket.connect(`${url}${PLURAL}?X-Plex-Token=${token}`);
  return run(
    socket,
    ({ type, entry }) => {
      if (type !== "timeline") return;
      for (const key of ["sectionID", "itemID", "type", "state"]) {
        if (!/^-?\d+$/.test(String(entry[key]))) throw new Error(`invalid literal for int(): ${key}`);
      }
    },
    answerPings(socket),
  );
}

/** As PlexTraktSync: raises when a document holds more or less than one entry ({@link toldByDocument} does). */
export async function oneEntryReader({ url, token }: TwinOptions): Promise<Twin> {
  const socket = await RawWebSocket.connect(`${url}/:/websocket/notifications?X-Plex-Token=${token}`);
  return run(socket, () => undefined, answerPings(socket));
}

function answerPings(socket: RawWebSocket): (frame: Frame) => void {
  return (frame) => {
    if (frame.opcode === opcodes.ping) socket.send(opcodes.pong, frame.payload.toString());
  };
}
