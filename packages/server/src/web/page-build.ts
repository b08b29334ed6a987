import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import type { Logger } from "../support/index.ts";

export interface PageBuildOptions {
  /** The program, run by this very Node; it does nothing when the page is up to date. */
  readonly script: string;
  readonly log: Logger;
}

/** Builds the page in a process of its own and behind all else, so that the server starts as fast without it. */
export class PageBuild implements AsyncDisposable {
  readonly #child: ChildProcess;
  #running = true;

  constructor({ script, log }: PageBuildOptions) {
    this.#child = spawn(process.execPath, ["-C", "source", script, "--if-stale"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000);
    });
    this.#child.on("error", (err) => this.#ended(() => log.error({ err }, "the dashboard cannot be built")));
    this.#child.on("close", (code, signal) =>
      this.#ended(() => {
        if (code !== 0 && signal === null)
          log.error({ said }, "the dashboard cannot be built: try `npm ci` and `npm run build`");
      }),
    );
    const { pid } = this.#child;
    if (pid !== undefined) setPriority(pid, 10);
  }

  /** Whether it is still at work, or finding out if there is any. */
  get running(): boolean {
    return this.#running;
  }

  #ended(tell: () => void): void {
    if (!this.#running) return;
    this.#running = false;
    tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return;
    const ended = once(this.#child, "close");
    this.#child.kill();
    await ended;
  }
}
