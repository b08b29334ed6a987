/** A notification as a client received it, whatever the transport. */
export interface Told {
  readonly type: string;
  readonly entry: Readonly<Record<string, unknown>>;
  /** Its position, where the client was told one. */
  readonly id?: string;
}

/** A WebSocket document. Strict, like the strictest client: one entry, and the keys in the order of the captures. */
export function toldByDocument(text: string): Told {
  const container: Record<string, unknown> = JSON.parse(text).NotificationContainer;
  const [type, size, payload, id, ...more] = Object.keys(container);
  const entries: unknown = container[payload ?? ""];
  const well = type === "type" && size === "size" && container.size === 1 && Array.isArray(entries);
  if (!well || entries.length !== 1 || (id !== undefined && id !== "id") || more.length > 0) {
    throw new Error(`not a document as Plex sends it: ${text}`);
  }
  return {
    type: String(container.type),
    entry: entries[0],
    ...(id === undefined ? {} : { id: String(container.id) }),
  };
}

/** The data of an event stream's event: one key that holds one object. */
export function toldByEvent(type: string, data: string, id?: string): Told {
  const [entry, ...more] = Object.values(JSON.parse(data) as Record<string, unknown>);
  if (more.length > 0 || typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw new Error(`not an event as Plex sends it: ${type} ${data}`);
  }
  return { type, entry: entry as Told["entry"], ...(id === undefined || id === "" ? {} : { id }) };
}

export interface StreamText {
  /** Takes the next piece. */
  push(text: string): void;
}

/** Cuts an event stream into its events: just enough of it for what a Plex server writes. */
export function eventReader(take: (event: string, data: string, id: string | undefined) => void): StreamText {
  let rest = "";
  return {
    push(text) {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
        const data = field("data");
        if (data !== undefined) take(field("event") ?? "message", data, field("id"));
      }
    },
  };
}
