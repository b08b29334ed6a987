import type { Arrival } from "./ledger.ts";
import type { Line, Program } from "./program.ts";
import type { Stage } from "./stage.ts";

const FOLDER = "examples/lights";

interface LampPlace {
  readonly port: number;
  readonly player: string;
  readonly signingSecret: string;
}

/** `examples/lights`, as its README starts it: a bridge with a lamp that is drawn, and the receiver that dims it. */
export class Lamp {
  readonly name = "lamp";
  readonly #stage: Stage;
  readonly #place: LampPlace;
  readonly #bridge: Program;
  readonly #bridgeUrl: string;
  readonly #receivers: Program[] = [];

  private constructor(stage: Stage, place: LampPlace, bridge: Program, bridgeUrl: string) {
    this.#stage = stage;
    this.#place = place;
    this.#bridge = bridge;
    this.#bridgeUrl = bridgeUrl;
  }

  static async install(stage: Stage, place: LampPlace): Promise<Lamp> {
    const bridge = stage.program(`${FOLDER}/bridge.ts`, ["--port", "0"]);
    const { text } = await stage.line(bridge, /http:/);
    const lamp = new Lamp(stage, place, bridge, /http:\S+/.exec(text)?.[0] ?? "");
    await lamp.on();
    return lamp;
  }

  async on(): Promise<void> {
    const { port, player, signingSecret } = this.#place;
    const args = ["--player", player, "--bridge", this.#bridgeUrl, "--port", String(port)];
    const receiver = this.#stage.program(`${FOLDER}/main.ts`, args, { LIGHTS_SIGNING_SECRET: signingSecret });
    await this.#stage.line(receiver, /Give the server this address/);
    this.#receivers.push(receiver);
  }

  async off(): Promise<void> {
    await this.#receivers.at(-1)?.end("SIGTERM");
  }

  /** How often it was drawn. */
  get drawings(): number {
    return this.#drawn().length;
  }

  /** How it was drawn last. */
  get drawing(): string {
    return this.#drawn().at(-1)?.text ?? "";
  }

  /** Waits until it is drawn once more than `before`, as bright as `percent` says. */
  async becomes(percent: number, before: number): Promise<Line> {
    const find = () =>
      this.#drawn()
        .slice(before)
        .find(({ text }) => text.endsWith(` ${percent} %`));
    await this.#stage.until(
      () => find() !== undefined,
      () => `the lamp to have ${percent} %, now ${this.drawing}; its receiver said: ${this.#receivers.at(-1)?.output}`,
    );
    return find() ?? { text: "", at: 0 };
  }

  /** What its receivers have said that they did, numbered by event: they tell no ids. */
  get arrivals(): readonly Arrival[] {
    const lines = this.#receivers.flatMap((receiver) => receiver.lines);
    return numbered(
      lines.flatMap(({ text, at }) => {
        const what = /^(media\.\w+)(?:: \d+ %| is too old)$/.exec(text)?.[1];
        return what === undefined ? [] : [{ what, at }];
      }),
    );
  }

  #drawn(): readonly Line[] {
    return this.#bridge.lines.filter(({ text }) => text.endsWith(" %"));
  }
}

/** Gives the first `media.play` the id `media.play 1`, and so on. */
export function numbered<T extends { readonly what: string }>(all: readonly T[]): (T & { readonly id: string })[] {
  const counts = new Map<string, number>();
  return all.map((one) => {
    const count = (counts.get(one.what) ?? 0) + 1;
    counts.set(one.what, count);
    return { ...one, id: `${one.what} ${count}` };
  });
}
