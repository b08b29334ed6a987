import type { Program } from "./program.ts";
import type { Stage } from "./stage.ts";

export interface LoggedEvent {
  readonly id: string;
  readonly position: string;
  readonly type: string;
  readonly time: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly notification: { readonly NotificationContainer: { readonly type: string } } | null;
}

export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  readonly event: string;
  readonly state: string;
  readonly reason: string | null;
  readonly eventTime: number;
  readonly expiresAt: number | null;
  readonly attempts: number;
}

/** What became of one event as webhooks. */
export interface Outcome {
  readonly forms: { readonly webhooks: readonly { readonly event: string }[] };
  readonly deliveries: readonly Delivery[];
  readonly notSent: readonly { readonly hookId: string; readonly event: string | null; readonly reason: string }[];
}

interface ServerPlace {
  readonly data: string;
  readonly media: string;
  readonly port: number;
  readonly token: string;
}

/** `reelay serve`, and what its API says. */
export class Server {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly #stage: Stage;
  readonly #place: ServerPlace;
  #program: Program | undefined;

  constructor(stage: Stage, place: ServerPlace) {
    this.#stage = stage;
    this.#place = place;
    this.port = place.port;
    this.token = place.token;
    this.url = `http://127.0.0.1:${place.port}`;
  }

  /** Resolves when it answers and has looked through its library. */
  async start(): Promise<void> {
    const { data, media, port, token } = this.#place;
    const args = ["serve", media, "--data", data, "--port", String(port), "--quiet"];
    this.#program = this.#stage.reelay(args, { REELAY_TOKEN: token });
    await this.#stage.line(this.#program, /^\d+ films?, /);
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    await this.#program?.end("SIGKILL");
  }

  /** A command that talks to this server. */
  command(...args: readonly string[]): Program {
    return this.#stage.reelay([...args, "--data", this.#place.data], { REELAY_TOKEN: this.token });
  }

  /** Adds a hook. @returns its id and the secret that its requests are signed with */
  async addHook(url: string, ...args: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
    const command = this.command("hooks", "add", url, ...args);
    if ((await this.#stage.ended(command)) !== 0) throw new Error(`reelay hooks add: ${command.output}`);
    const secret = /whsec_\S+/.exec(command.output)?.[0] ?? "";
    const { hooks } = await this.#get<{ hooks: { id: string; url: string }[] }>("/api/v1/hooks");
    return { id: hooks.find((hook) => hook.url === url)?.id ?? "", secret };
  }

  /** The whole log, newest first. */
  async history(): Promise<LoggedEvent[]> {
    return this.#pages<"events", LoggedEvent>("/api/v1/events/history", "events");
  }

  /** The whole record of a hook, newest first. */
  async deliveries(hookId: string): Promise<Delivery[]> {
    return this.#pages<"deliveries", Delivery>("/api/v1/deliveries", "deliveries", `&hook=${hookId}`);
  }

  outcome(eventId: string): Promise<Outcome> {
    return this.#get(`/api/v1/events/${eventId}`);
  }

  async #pages<K extends string, T>(path: string, key: K, more = ""): Promise<T[]> {
    const found: T[] = [];
    let before = "";
    do {
      const page = await this.#get<{ next: string | null } & Record<K, T[]>>(`${path}?limit=500${more}${before}`);
      found.push(...page[key]);
      before = page.next === null ? "" : `&before=${encodeURIComponent(page.next)}`;
    } while (before !== "");
    return found;
  }

  async #get<T>(path: string): Promise<T> {
    const headers = { "x-plex-token": this.token, accept: "application/json" };
    const answer = await fetch(new URL(path, this.url), { headers, signal: this.#stage.signal });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
