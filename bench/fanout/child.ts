import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Clock ticks of /proc a second. */
const TICKS = 100;

/** Where a program runs: what is measured has a processor of its own, away from what measures it. */
export type Place = "server" | "client";

/** A program that takes commands by line and answers in JSON by line, pinned to one processor. It ends with this process. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #exited: Promise<unknown>;

  constructor(place: Place, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    // Also when this process is killed nothing of the bench may go on, so the kernel is asked to see to it.
    const pinned = ["--pdeathsig", "KILL", "taskset", "-c", String(coreOf(place)), command, ...args];
    this.#process = spawn("setpriv", pinned, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
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

/** The first processor that this process may use for the server, the second for the client; the same where there is one. */
function coreOf(place: Place): number {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const cores = list.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return (place === "server" ? cores[0] : (cores[1] ?? cores[0])) ?? 0;
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

/** How many write calls a process has made, to whatever: sockets, files, its own wake-ups. `send` is not among them. */
export function writeCalls(pid: number): number {
  return Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}
