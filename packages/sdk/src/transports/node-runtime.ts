import type * as Http from "node:http";

/** Node's own HTTP clients, where there are any. */
export interface NodeRuntime {
  readonly http: Pick<typeof Http, "request">;
  readonly https: Pick<typeof Http, "request">;
}

interface Globals {
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly getBuiltinModule?: (name: string) => unknown;
  };
  readonly Deno?: unknown;
  readonly navigator?: { readonly userAgent?: string };
}

/**
 * Undefined in browsers, Deno and Workers, whose own WebSocket is used instead. Node 20 has none, and none shows PINGs.
 * Nothing of Node is imported by name, so that bundlers for browsers find nothing to miss.
 */
export async function nodeRuntime(): Promise<NodeRuntime | undefined> {
  const { process, Deno, navigator } = globalThis as Globals;
  if (!process?.versions?.node || Deno !== undefined || navigator?.userAgent === "Cloudflare-Workers") return undefined;
  const load = (name: string) => process.getBuiltinModule?.(name) ?? import(/* @vite-ignore */ name);
  const [http, https] = await Promise.all([load("node:http"), load("node:https")]);
  return { http, https } as NodeRuntime;
}
