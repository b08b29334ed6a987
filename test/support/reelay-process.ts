import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./wait.ts";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
export const SAMPLES = join(REPOSITORY, "samples", "media");

export interface ServeOptions {
  readonly dataDir: string;
  /** Media folders, or `samples`: what a first `npm start` copies into the data folder. Default: none. */
  readonly media?: "samples" | readonly string[];
  /** Default: any. */
  readonly port?: number;
  /** A token that stays the same over restarts. */
  readonly token?: string;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  readonly token: string;
}

/** `reelay serve` as `npm start` runs it: a process of its own, found as everybody finds it, by DATA/server.json. */
export class ReelayProcess implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly #child: ChildProcess;
  readonly #output: { text: string };

  private constructor(child: ChildProcess, output: { text: string }, { url, port, token }: ServerFile) {
    this.#child = child;
    this.#output = output;
    this.url = url;
    this.port = port;
    this.token = token;
  }

  /** Resolves when the server answers. */
  static async start({
    dataDir,
    media = [],
    port = 0,
    token,
    args = [],
    env = {},
  }: ServeOptions): Promise<ReelayProcess> {
    const folders = media === "samples" ? ["--samples", SAMPLES] : media;
    const child = spawn(
      process.execPath,
      [
        ...["-C", "source", join(REPOSITORY, "packages/server/bin/reelay.js"), "--default-data", dataDir, "serve"],
        ...[...folders, "--port", String(port), ...args],
      ],
      { cwd: REPOSITORY, env: { ...environment(token), ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const output = { text: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output.text += text;
      });
    }
    const path = join(dataDir, "server.json");
    let found: ServerFile | undefined;
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`reelay serve ended with ${child.exitCode}: ${output.text}`);
        if (existsSync(path)) found = JSON.parse(readFileSync(path, "utf8"));
        // A server that was killed has left its own behind.
        return found?.pid === child.pid;
      },
      () => `the server to start: ${output.text}`,
    );
    if (found === undefined) throw new Error("unreachable");
    return new ReelayProcess(child, output, { ...found, token: token ?? found.token });
  }

  /** What it has printed, errors included. */
  get output(): string {
    return this.#output.text;
  }

  /** Resolves with the line that sums up the library, printed when the first scan of all sections is done. */
  async scanned(): Promise<string> {
    const line = /^\d+ films?, .*$/m;
    await until(
      () => line.test(this.output),
      () => `the first scan: ${this.output}`,
    );
    return line.exec(this.output)?.[0] ?? "";
  }

  /** Sends a signal and waits for the end. @returns the exit code; null when the signal killed it */
  async end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill(signal);
      await exited;
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether the process still runs. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** A request to the server, as its owner unless `init` says otherwise. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.url), { ...init, headers: { "x-plex-token": this.token, ...init.headers } });
  }
}

/** Without the settings of whoever runs the tests. */
function environment(token: string | undefined): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(?:REELAY_|VITEST|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(others), ...(token === undefined ? {} : { REELAY_TOKEN: token }) };
}
