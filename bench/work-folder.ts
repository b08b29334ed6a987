import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder for what a suite makes; it is removed at the end, also when the process is ended by a signal. */
export class WorkFolder implements Disposable {
  readonly path: string;
  readonly #remove: () => void;

  constructor(suite: string) {
    this.path = mkdtempSync(join(tmpdir(), `reelay-bench-${suite}-`));
    this.#remove = () => rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
    process.once("exit", this.#remove);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}
