import type { NewMediaEvent, ToldNotification } from "./events/index.ts";
import type { TlsFiles } from "./http/index.ts";
import type { LogLevelName } from "./preferences/index.ts";
import type { Clock, Logger } from "./support/index.ts";
import type { UpstreamOption, UpstreamStatus } from "./upstream/index.ts";

/** A library section as it was asked for on the command line or in the configuration file. */
export interface SectionOption {
  /** Folder. */
  readonly path: string;
  /** Default: the folder's name. */
  readonly name?: string;
  /** Default: what most of the folder's content is. */
  readonly type?: "movie" | "show" | "artist";
}

/** What a server is made of. All is decided before: it reads neither environment nor configuration file. */
export interface ServerOptions {
  /** Folder of the database; exists, and is locked by the caller. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 = any. Undefined: 32400, or the next free one. */
  readonly port?: number;
  /** A token of the owner besides those in the database. It is not stored. */
  readonly token?: string;
  /** What secrets are sealed with. Default: a key that is made and kept in the data folder. */
  readonly secretKey?: string;
  readonly durability: "normal" | "full";
  /** Ids of timeline entries as numbers, for clients of 2018. */
  readonly numericIds: boolean;
  /** Streams of Plex's form carry no positions and do not resume, as those of a Plex server. Default false. */
  readonly plainPlex?: boolean;
  /** Open streams at most. */
  readonly maxStreams: number;
  /** Host names besides addresses, `localhost` and the machine's own. */
  readonly hostNames: readonly string[];
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustProxy?: readonly string[];
  /** Everything is served below it and nothing outside: `/reelay`. Default: empty, so from the root. */
  readonly basePath?: string;
  /** Where people find it: shown, and its host name allowed. Without a slash at its end. */
  readonly publicUrl?: string;
  /** Files of certificate and key: HTTPS and nothing else. Default: plain HTTP. */
  readonly tls?: TlsFiles;
  /** Added to those that are known; one with a path that is known already is the same section. */
  readonly sections: readonly SectionOption[];
  /** Servers whose events are told here too. Default: none. */
  readonly upstreams?: readonly UpstreamOption[];
  /** First values of preferences, by id, as text; those that were set since win. */
  readonly preferences?: Readonly<Record<string, string>>;
  /** Build the dashboard behind the start, if it is missing or out of date. Default: only serve what is built. */
  readonly buildDashboard?: boolean;
  /** Adds `POST /api/v1/bench`, which makes events at a rate. Default false. */
  readonly benchSource?: boolean;
  /** Its level is that of the preference `LogLevel`, once that was set or given. */
  readonly log: Logger;
  /** Takes the place of the preference `LogLevel` until that is changed; it is not stored. */
  readonly logLevel?: LogLevelName;
  readonly clock?: Clock;
}

/** What a library holds. */
export interface LibrarySummary {
  readonly films: number;
  readonly episodes: number;
  readonly tracks: number;
  /** Items that the first scan since the start found new; 0 before its end. */
  readonly newItems: number;
}

export interface RunningServer extends AsyncDisposable {
  /** How this machine reaches it: `http://127.0.0.1:32400`. */
  readonly url: string;
  readonly port: number;
  /** What a person should know of how the port was chosen. */
  readonly portNotes: readonly string[];
  /** What it shows over TLS, as PEM; undefined when it speaks plain HTTP. */
  readonly certificate: string | undefined;
  /** Reads certificate and key again; old ones stay when the new ones cannot be used. @returns whether new ones are in use */
  reloadCertificate(): boolean;
  /** Made now, because the database had none and none was given: the only time that it can be shown. */
  readonly adminToken?: string;
  /** The owner's, for commands on this machine; of this start only. */
  readonly localToken: string;
  /** From where no token is needed, as the preference has it; `""`: from nowhere. */
  readonly allowedNetworks: string;
  /** A link that signs the owner's browser in: once, within ten minutes. Undefined if this server has no page for it. */
  signInLink(): string | undefined;
  summary(): Promise<LibrarySummary>;
  /** Settles when all sections have been scanned once since the start. Never rejects. */
  readonly firstScanDone: Promise<void>;
  /** Calls `listener` with each event from now on, as the owner would be told; the returned function ends that. */
  onNotification(listener: (notification: ToldNotification, time: number) => void): () => void;
  /** Tells how servers fare that are listened to: now, and whenever that changes. @returns ends it */
  onUpstream(listener: (status: UpstreamStatus) => void): () => void;
  /** Tells events as a source of this server would: how tests cause what has no cause that they could make. */
  tell(events: readonly NewMediaEvent[]): Promise<void>;
  /** Ends streams, commits and closes. Safe to call again. */
  close(): Promise<void>;
}
