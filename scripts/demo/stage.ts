import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Program } from "./program.ts";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const REELAY = join(REPOSITORY, "packages/server/bin/reelay.js");

/** What a demo leaves nothing of: its folders, its programs, its sockets. All waiting is here, and ends with the signal. */
export class Stage implements AsyncDisposable {
  readonly signal: AbortSignal;
  readonly #folder = mkdtempSync(join(tmpdir(), "reelay-demo-"));
  readonly #programs = new Set<Program>();
  readonly #things = new AsyncDisposableStack();
  readonly #atExit = () => this.#sweep();

  /** @param signal aborted with the reason why the demo is to end */
  constructor(signal: AbortSignal) {
    this.signal = signal;
    // However the process ends, short of being killed: nothing of it stays.
    process.on("exit", this.#atExit);
  }

  /** A new folder, gone with the stage. */
  folder(name: string): string {
    const path = join(this.#folder, name);
    mkdirSync(path);
    return path;
  }

  /** Closed with the stage. */
  use<T extends AsyncDisposable>(thing: T): T {
    return this.#things.use(thing);
  }

  /** The `reelay` command. */
  reelay(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return this.#run("reelay", [REELAY, ...args], env);
  }

  /** A program of the repository. */
  program(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return this.#run(file, [join(REPOSITORY, file), ...args], env);
  }

  /**
   * Waits for a condition.
   * @throws Error that names what did not come, when the demo ends before; what `condition` throws
   */
  async until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
    while (!(await condition())) {
      await delay(5, undefined, { signal: this.signal }).catch(() => {
        throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`, {
          cause: this.signal.reason,
        });
      });
    }
  }

  /** Waits for a line of a program. @throws Error also when the program ends without it */
  async line(program: Program, pattern: RegExp, from = 0): Promise<{ readonly text: string; readonly at: number }> {
    const find = () => program.lines.slice(from).find(({ text }) => pattern.test(text));
    await this.until(() => {
      if (find() === undefined && !program.alive) throw new Error(`${program.name} has ended: ${program.output}`);
      return find() !== undefined;
    }, `${pattern} from ${program.name}, which said: ${program.output}`);
    return find() ?? { text: "", at: 0 };
  }

  /** Waits until a program has ended. @returns its exit code */
  async ended(program: Program): Promise<number | null> {
    await this.until(
      () => !program.alive,
      () => `${program.name} to end, which said: ${program.output}`,
    );
    return program.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program.end("SIGKILL")));
    await this.#things.disposeAsync();
    process.off("exit", this.#atExit);
    this.#sweep();
  }

  #run(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Program {
    const program = new Program(name, ["-C", "source", ...args], {
      cwd: REPOSITORY,
      env: { ...ownEnvironment(), ...env },
    });
    this.#programs.add(program);
    return program;
  }

  #sweep(): void {
    for (const program of this.#programs) program.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A secret that nobody else has. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Without settings of whoever runs the demo: they are for another server. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:REELAY_|LIGHTS_|NODE_OPTIONS$|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
