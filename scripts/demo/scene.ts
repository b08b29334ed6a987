import { copyFileSync, mkdirSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { lastingPort } from "../../test/support/lasting-port.ts";
import { Lamp } from "./lamp.ts";
import { Receiver, Stream } from "./listeners.ts";
import type { Program } from "./program.ts";
import { Server } from "./server.ts";
import { newToken, REPOSITORY, type Stage } from "./stage.ts";

const FILM = join(
  REPOSITORY,
  "samples/media/Films/The Cartographer's Daughter (2011)/The Cartographer's Daughter (2011).mkv",
);
const PLAYER = "Living Room TV";
/** A film of seconds lasts for minutes. */
const SPEED = "0.01";

/** A hook of the scene; its name is that of who listens there. */
export interface SceneHook {
  readonly name: string;
  readonly id: string;
}

/** Everything that plays a part, each started as people start it. */
export interface Scene {
  readonly stage: Stage;
  readonly server: Server;
  readonly streams: readonly Stream[];
  readonly receiver: Receiver;
  readonly lamp: Lamp;
  readonly hooks: { readonly all: SceneHook; readonly lamp: SceneHook };
  /** Copies a film into the library. */
  addFilm(title: string): string;
  /** Plays a film, on the player that stands in the lamp's room. */
  play(title: string): Program;
}

export async function setUp(stage: Stage): Promise<Scene> {
  const [media, data] = [stage.folder("Films"), stage.folder("data")];
  const addFilm = (title: string): string => {
    const path = join(media, `${title} (2026)`, `${title} (2026).mkv`);
    mkdirSync(dirname(path));
    copyFileSync(FILM, path);
    return path;
  };
  // Older than what may still be being copied: a first scan finds it, and it is no news.
  utimesSync(addFilm("There Before"), 0, 0);
  const [port, receiverPort, lampPort] = [await lastingPort(), await lastingPort(), await lastingPort()];
  const server = new Server(stage, { data, media, port, token: newToken() });
  await server.start();

  const lampEvents = "media.play,media.pause,media.resume,media.stop";
  const forLamp = ["--for", "automation", "--settle", "0ms", "--max-age", "10s"];
  const streams = [
    stage.use(await Stream.open("SSE", "eventsource", port, server.token)),
    stage.use(await Stream.open("WebSocket", "websocket", port, server.token)),
  ];
  const [all, lampHook] = await Promise.all([
    server.addHook(`http://127.0.0.1:${receiverPort}/`, "--for", "records"),
    server.addHook(`http://127.0.0.1:${lampPort}/`, "--event", lampEvents, "--player", PLAYER, ...forLamp),
  ]);
  const receiver = stage.use(new Receiver(receiverPort, all.secret));
  const place = { port: lampPort, player: PLAYER, signingSecret: lampHook.secret };
  const open = stage.until(() => streams.every(({ isOpen }) => isOpen), "the streams to open");
  const [lamp] = await Promise.all([Lamp.install(stage, place), receiver.on(), open]);
  return {
    ...{ stage, server, streams, receiver, lamp, addFilm },
    hooks: { all: { name: receiver.name, id: all.id }, lamp: { name: lamp.name, id: lampHook.id } },
    play: (title) => server.command("play", title, "--player", PLAYER, "--speed", SPEED, "--keys"),
  };
}
