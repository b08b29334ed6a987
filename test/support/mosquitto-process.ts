import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { answers } from "./answers.ts";
import { lastingPort } from "./lasting-port.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./wait.ts";

/** A real MQTT broker on loopback that can go away and come back at the same address. */
export class MosquittoProcess implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #folder: TemporaryFolder;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: TemporaryFolder) {
    this.url = `mqtt://127.0.0.1:${port}`;
    this.#port = port;
    this.#folder = folder;
  }

  static async start(): Promise<MosquittoProcess> {
    // It cannot take any port and say which.
    const broker = new MosquittoProcess(await lastingPort(), await temporaryFolder("mosquitto"));
    const settings = `listener ${broker.#port} 127.0.0.1\nallow_anonymous true\npersistence false\n`;
    await writeFile(join(broker.#folder.path, "mosquitto.conf"), settings);
    await broker.up();
    return broker;
  }

  async up(): Promise<void> {
    const child = spawn("mosquitto", ["-c", join(this.#folder.path, "mosquitto.conf")], {
      // Debian keeps servers where only root's PATH looks.
      env: { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/usr/local/sbin` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    let failure: Error | undefined;
    child.on("error", (error) => {
      failure = error;
    });
    await until(
      () => {
        if (failure !== undefined) throw failure;
        if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${complaint}`);
        return answers(this.#port);
      },
      () => `mosquitto to listen: ${complaint}`,
    );
  }

  async down(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await this.#folder[Symbol.asyncDispose]();
  }
}
