import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { answers } from "./answers.ts";
import { lastingPort } from "./lasting-port.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./wait.ts";

/** A real nginx with one `server` block, in a folder of its own. */
export class NginxProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;

  private constructor(port: number, child: ChildProcess, folder: TemporaryFolder) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param serverBlock makes the `server { … }` for the address to listen on; everything else keeps nginx's defaults */
  static async start(serverBlock: (listen: string) => string): Promise<NginxProcess> {
    const folder = await temporaryFolder("nginx");
    // nginx cannot take any port and say which.
    const port = await lastingPort();
    await mkdir(join(folder.path, "tmp"));
    // Debian's nginx would write below /var; where it writes is all that differs from a plain installation.
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path tmp/${kind};`,
    );
    const configuration = `daemon off; pid nginx.pid; error_log stderr;
events {}
http {
  access_log off; ${temporary.join(" ")}
${serverBlock(`127.0.0.1:${port}`)}
}
`;
    await writeFile(join(folder.path, "nginx.conf"), configuration);
    const child = spawn("nginx", ["-p", folder.path, "-c", "nginx.conf", "-e", "stderr"], {
      // Debian keeps servers where only root's PATH looks.
      env: { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/usr/local/sbin` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    let failure: Error | undefined;
    child.on("error", (error) => {
      failure = error;
    });
    await until(
      async () => {
        if (failure !== undefined) throw failure;
        if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${complaint}`);
        return answers(port);
      },
      () => `nginx to listen: ${complaint}`,
    );
    return new NginxProcess(port, child, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await exited;
    }
    await this.#folder[Symbol.asyncDispose]();
  }
}
