import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const LEAST = 10_000;

/**
 * A free port that stays free while its server is down: it lies outside the range from which the kernel gives ports to connections
 * and to servers that take any, so that nothing else on the machine comes by it in the meantime.
 */
export async function lastingPort(): Promise<number> {
  const most = firstEphemeralPort();
  for (;;) {
    const port = LEAST + Math.floor(Math.random() * (most - LEAST));
    if (await isFree(port)) return port;
  }
}

function firstEphemeralPort(): number {
  try {
    const [first] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/);
    return Math.max(LEAST + 1_000, Number(first));
  } catch {
    return 32_768; // Not Linux.
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await Promise.race([
    once(server, "listening").then(() => true),
    new Promise<false>((resolve) => server.on("error", () => resolve(false))),
  ]).catch(() => false);
  if (!free) return false;
  server.close();
  await once(server, "close");
  return true;
}
