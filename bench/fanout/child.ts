import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Clock ticks of /proc a second. */
const TICKS = 100;

/** A program that takes commands by line and answers in JSON by line, pinned to one processor. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #exited: Promise<unknown>;

  constructor(core: number, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn("taskset", ["-c", String(core), command, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    this.#process.stdin.on("error", () => undefined);
    this.#exited = once(this.#process, "exit");
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  say(command: string): void {
    this.#process.stdin.write(`${command}\n`);
  }

  /** The next line that is JSON. */
  async answer<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done === true) {
        await this.#exited;
        const { exitCode, signalCode, spawnargs } = this.#process;
        throw new Error(`${spawnargs.join(" ")} ended early: ${exitCode ?? signalCode}`);
      }
      if (value.startsWith("{")) return JSON.parse(value) as T;
    }
  }

  ask<T>(command: string): Promise<T> {
    this.say(command);
    return this.answer<T>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const cut = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    await this.#exited;
    clearTimeout(cut);
  }
}

/** Seconds of processor time that a process has used, all its threads together. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Bytes of memory that a process holds. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) * 1024;
}
