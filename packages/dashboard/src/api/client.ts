/** The server, below whatever path it is served: the page itself is at `web/` of it. */
export const serverUrl = new URL("../", document.baseURI);

/** What the server refused, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  /** `REELAY_…`; `NETWORK` where nobody answered. */
  readonly code: string;
  readonly remedy: string;

  constructor(status: number, code: string, message: string, remedy: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Goes on when the page is closed. */
  readonly keepalive?: boolean;
}

/** The address of something of the server: `library/sections`. Paths of the API may begin with a slash. */
export function urlOf(path: string, query: Query = {}): URL {
  const url = new URL(path.replace(/^\//, "./"), serverUrl);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url;
}

/**
 * Asks the server, signed in by the cookie. @returns the JSON; undefined for an empty answer
 * @throws ApiError
 */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  const { method = "GET", query, body, headers, signal, keepalive } = asking;
  let answer: Response;
  try {
    answer = await fetch(urlOf(path, query), {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      ...(keepalive === undefined ? {} : { keepalive }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "NETWORK", "The server does not answer.", "Check that it runs; this page tries again.");
  }
  if (!answer.ok) throw await refusal(answer);
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

interface ErrorBody {
  readonly error?: {
    readonly code?: string;
    readonly cause?: string;
    readonly detail?: string;
    readonly remedy?: string;
  };
}

async function refusal(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => ({}))) as ErrorBody;
  const { code = `HTTP ${answer.status}`, cause = answer.statusText, detail, remedy = "" } = body.error ?? {};
  return new ApiError(answer.status, code, detail ?? cause, remedy);
}
