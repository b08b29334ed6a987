import { resolve } from "node:path";
import { z } from "zod";
import { defaultDataFolder, readSettings } from "../config.ts";
import { pinnedFetch } from "../http/index.ts";
import { type ErrorCode, errorCatalogue, ReelayError } from "../support/index.ts";
import { readServerFile } from "./server-file.ts";
import type { Terminal } from "./terminal.ts";

/** Where a server is, and what lets one in. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
  /** The only one that it may show over TLS; undefined: any that is valid for its name. */
  readonly certificate?: string | undefined;
}

export interface ConnectArguments {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly data?: string | undefined;
  readonly defaultData?: string | undefined;
}

/** Which server a command talks to: the one that was named, or the one that runs on the data folder. */
export class ServerFinder {
  readonly dataDir: string;
  readonly #url: string | undefined;
  readonly #flagToken: string | undefined;
  readonly #token: string | undefined;

  /** @throws REELAY_CONFIG_INVALID */
  constructor({ url, token, data, defaultData }: ConnectArguments, env: Terminal["env"]) {
    const settings = readSettings({ flags: { data, token }, env });
    this.dataDir = resolve(settings.data ?? defaultData ?? defaultDataFolder(env));
    this.#url = url === undefined ? undefined : checkUrl(url);
    this.#flagToken = token;
    this.#token = settings.token;
  }

  /** Looked up anew each time: a server that was restarted has another token, perhaps another port. */
  find(): ServerAddress | undefined {
    if (this.#url !== undefined) return { url: this.#url, token: this.#token };
    const file = readServerFile(this.dataDir);
    return file && { url: file.url, token: this.#flagToken ?? file.token, certificate: file.certificate };
  }
}

function checkUrl(url: string): string {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `--url: ${JSON.stringify(url)} is no address such as http://nas:32400.`,
    );
  }
  return url.replace(/\/+$/, "");
}

/** `fetch` as this server has to be asked. */
export function fetchFrom({
  certificate,
}: ServerAddress): (input: Request | string | URL, init?: RequestInit) => Promise<Response> {
  return certificate === undefined ? (input, init) => fetch(input, init) : pinnedFetch(certificate);
}

export function tokenHeader({ token }: ServerAddress): Readonly<Record<string, string>> {
  return token === undefined ? {} : { "x-plex-token": token };
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

/**
 * Asks the running server and reads its answer.
 * @throws REELAY_SERVER_UNREACHABLE when nothing answers, else what the server says
 */
export async function ask<S extends z.ZodType>(
  finder: ServerFinder,
  { method = "GET", path, body }: ApiRequest,
  schema: S,
): Promise<z.output<S>> {
  const address = finder.find();
  if (address === undefined) {
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `No Reelay runs on ${finder.dataDir}.`);
  }
  let response: Response;
  try {
    response = await fetchFrom(address)(`${address.url}${path}`, {
      method,
      headers: {
        ...tokenHeader(address),
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `Nothing answers at ${address.url}.`, { cause: error });
  }
  if (!response.ok) throw await errorOf(response, address.url);
  const text = await response.text();
  return schema.parse(text === "" ? undefined : JSON.parse(text));
}

const errorBody = z.object({ error: z.object({ code: z.string(), detail: z.string().optional() }) });

/** The error that an answer other than 2xx holds; also of servers that are not Reelay. */
export async function errorOf(response: Response, url = "The server"): Promise<ReelayError> {
  const text = await response.text().catch(() => "");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const parsed = errorBody.safeParse(body);
  if (parsed.success && isErrorCode(parsed.data.error.code)) {
    return new ReelayError(parsed.data.error.code, parsed.data.error.detail);
  }
  if (response.status === 401) return new ReelayError("REELAY_UNAUTHORIZED");
  return new ReelayError("REELAY_SERVER_UNREACHABLE", `${url} answers ${response.status}, as no Reelay would.`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}
