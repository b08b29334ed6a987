/**
 * Every error that leaves Reelay, in one table: a stable code, the HTTP status it becomes, what it means and what to do.
 * `docs/reference/errors.md` is generated from this table; a test holds the two together.
 */
export const errorCatalogue = {
  REELAY_UNAUTHORIZED: {
    status: 401,
    cause: "The request carries no token, or one that this server does not know, and its browser is not signed in.",
    remedy:
      "Send the token as the header X-Plex-Token or the query parameter X-Plex-Token; `reelay token new` makes one, `reelay sign-in-link` signs a browser in.",
  },
  REELAY_FORBIDDEN: {
    status: 403,
    cause: "The token is known, but its account may not do this.",
    remedy: "Use a token of the owner.",
  },
  REELAY_ORIGIN_REFUSED: {
    status: 403,
    cause: "A browser page of another origin, or a Host name that is not this server's, asked without a token.",
    remedy:
      "Send a token, or open the page under the address that the server prints; behind a proxy, --public-url names the address of its pages.",
  },
  REELAY_UNSAFE_GET: {
    status: 403,
    cause:
      "This GET changes something, and its caller is known by a cookie or its network, which any page could borrow.",
    remedy: "Send it as POST or PUT, or send a token.",
  },
  REELAY_SIGN_IN_REFUSED: {
    status: 401,
    cause: "The one-time code or token is not valid: it is wrong, was used, or is older than 10 minutes.",
    remedy: "Make a new link with `reelay sign-in-link`, or sign in by a token.",
  },
  REELAY_TOO_MANY_ATTEMPTS: {
    status: 429,
    cause: "Too many sign-ins have failed from this address.",
    remedy: "Wait as long as Retry-After says.",
  },
  REELAY_NOT_FOUND: {
    status: 404,
    cause: "There is nothing under this address, or the account may not see it.",
    remedy: "Check the path and the id; the lists have the ids, such as GET /library/sections and `reelay hooks list`.",
  },
  REELAY_METHOD_NOT_ALLOWED: {
    status: 405,
    cause: "The address exists, but not with this method.",
    remedy: "Use one of the methods in the Allow header.",
  },
  REELAY_BAD_REQUEST: {
    status: 400,
    cause: "The request is malformed: its path, query or body cannot be read.",
    remedy: "Correct what the message names and send it again.",
  },
  REELAY_INVALID_PARAMETER: {
    status: 400,
    cause: "A parameter is missing, of the wrong type, or out of its range.",
    remedy: "Correct the parameter that the message names; it also names what is allowed.",
  },
  REELAY_TOO_LARGE: {
    status: 413,
    cause: "The request's body or address is larger than this server reads.",
    remedy: "Send less; limits are in the reference.",
  },
  REELAY_HEADERS_TOO_LARGE: {
    status: 431,
    cause: "The request's headers are larger than 16 KiB.",
    remedy: "Send fewer or shorter headers; a very long cookie is the usual reason.",
  },
  REELAY_UPGRADE_REQUIRED: {
    status: 426,
    cause: "This address speaks WebSocket, and the request is no WebSocket handshake.",
    remedy: "Connect with a WebSocket client, or use /:/eventsource/notifications.",
  },
  REELAY_WEBSOCKET_HANDSHAKE: {
    status: 400,
    cause: "The WebSocket handshake is malformed.",
    remedy: "Use a client that follows RFC 6455, version 13.",
  },
  REELAY_TIMEOUT: {
    status: 408,
    cause: "The request did not arrive completely in time.",
    remedy: "Send it again; on a slow link send less at once.",
  },
  REELAY_TOO_MANY_REPORTS: {
    status: 429,
    cause: "One player reports the same more than 20 times a second.",
    remedy: "Report each 10 seconds, and when the state changes; wait as long as Retry-After says.",
  },
  REELAY_SESSION_ID_MISSING: {
    status: 403,
    cause: "The request to end a session names none.",
    remedy: "Send sessionId=, the id of the Session in /status/sessions; it is not the sessionKey.",
  },
  REELAY_TOO_MANY_STREAMS: {
    status: 503,
    cause: "The server holds as many open streams as it is allowed to.",
    remedy: "Close streams that are not used, or raise --max-streams.",
  },
  REELAY_SHUTTING_DOWN: {
    status: 503,
    cause: "The server is stopping.",
    remedy: "Connect again in a moment; streams resume from Last-Event-ID.",
  },
  REELAY_INTERNAL: {
    status: 500,
    cause: "Something failed inside Reelay.",
    remedy: "The server's log has the details under the request's id; please report it.",
  },
  REELAY_STORAGE_READ_ONLY: {
    status: 503,
    cause: "The database cannot be written: the disk is full or the data folder is not writable.",
    remedy: "Free space or correct the permissions of the data folder; nothing needs to be restarted.",
  },
  REELAY_DATABASE_DAMAGED: {
    status: 503,
    cause: "The database file is damaged. Nothing is written to it any more, so that it does not get worse.",
    remedy:
      "Stop the server and bring back a backup with `reelay restore`; `reelay restore --list` shows what there is.",
  },
  REELAY_QUERY_TOO_LONG: {
    status: 503,
    cause: "A read took longer than it may.",
    remedy: "Ask for less at once: use paging (X-Plex-Container-Start, X-Plex-Container-Size) or a narrower filter.",
  },
  REELAY_DATABASE_NEWER: {
    status: 500,
    cause: "The database was written by a newer Reelay.",
    remedy: "Start the newer version, or restore the backup that it made before its migration. Nothing was changed.",
  },
  REELAY_DATABASE_UNREADABLE: {
    status: 500,
    cause: "The database file cannot be opened or is damaged.",
    remedy: "Restore a backup, or move the file away to begin with an empty one. Nothing was changed.",
  },
  REELAY_DATA_IN_USE: {
    status: 500,
    cause: "Another Reelay runs on this data folder.",
    remedy: "Stop it, or give this one its own folder with --data.",
  },
  REELAY_CONFIG_INVALID: {
    status: 500,
    cause: "A setting from the command line, the environment or the configuration file is not valid.",
    remedy: "Correct the setting that the message names; it also names what is allowed.",
  },
  REELAY_PORT_IN_USE: {
    status: 500,
    cause: "The port that was asked for is taken.",
    remedy: "Choose another with --port, or leave --port out to take the next free one.",
  },
  REELAY_SERVER_UNREACHABLE: {
    status: 500,
    cause: "The command found no running Reelay.",
    remedy: "Start one with `reelay serve` (or `npm start`), or name one with --url and --token.",
  },
  REELAY_PLEX_LINK_FAILED: {
    status: 500,
    cause:
      "No server was linked: plex.tv did not answer, the code was not entered in time, or the account has no server.",
    remedy:
      "Run `reelay plex link` again; or give the server's address with --plex and its token as REELAY_PLEX_TOKEN.",
  },
  REELAY_UPSTREAM_UNREACHABLE: {
    status: 503,
    cause: "The server that is presented here cannot be reached, or does not take the token that Reelay has for it.",
    remedy: "GET /api/v1/upstreams says why. Try again in a moment.",
  },
  REELAY_UPSTREAM_ANSWER: {
    status: 502,
    cause: "The server that is presented here answered with what cannot be passed on: too much, or nothing sensible.",
    remedy: "Ask for less at once, or ask that server itself: media files are not passed on.",
  },
  REELAY_SECTION_UNREADABLE: {
    status: 400,
    cause: "The folder does not exist, is no folder, or may not be read.",
    remedy: "Check the path and its permissions for the user that runs Reelay.",
  },
  REELAY_SECTION_OVERLAPS: {
    status: 400,
    cause: "The folder is inside a section that exists already, or contains one.",
    remedy: "Choose another folder, or remove the other section first.",
  },
  REELAY_DELETION_DISABLED: {
    status: 400,
    cause: "Reelay never deletes media; deletion is off, as a Plex server says it.",
    remedy: "Remove the file yourself; the next scan notices it.",
  },
  REELAY_NOT_CANCELLABLE: {
    status: 400,
    cause: "This activity cannot be cancelled.",
    remedy: "Wait for its end.",
  },
  REELAY_MEDIA_UNREADABLE: {
    status: 500,
    cause: "A media file is damaged or of an unknown format.",
    remedy: "Replace the file; it stays listed under what its name tells until then.",
  },
  REELAY_MEDIA_EMPTY: {
    status: 500,
    cause: "A media file has no content.",
    remedy: "Copy the file again.",
  },
  REELAY_MEDIA_TIMEOUT: {
    status: 500,
    cause: "Reading a media file's facts took longer than 30 seconds.",
    remedy: "Check the disk or the network share; the next scan tries again.",
  },
  REELAY_MEDIA_VANISHED: {
    status: 500,
    cause: "A media file disappeared while it was read.",
    remedy: "Nothing: the next scan notices where it went.",
  },
  REELAY_MEDIA_DENIED: {
    status: 500,
    cause: "A media file or folder may not be read.",
    remedy: "Correct its permissions for the user that runs Reelay.",
  },
  REELAY_LINK_LOOP: {
    status: 500,
    cause: "A link leads back to a folder above it.",
    remedy: "Nothing has to be done: the folder is scanned once. Remove the link to be rid of this message.",
  },
  REELAY_SECRET_UNREADABLE: {
    status: 503,
    cause: "A sealed secret cannot be opened: it was sealed with another key, or it was changed.",
    remedy:
      "Put back secret.key of the data folder, or give the REELAY_SECRET_KEY of that time, and start again. Or give the secret anew.",
  },
  REELAY_SECRET_KEY_UNUSABLE: {
    status: 503,
    cause: "The key that secrets are sealed with cannot be read or made.",
    remedy: "Correct the permissions or the content of secret.key in the data folder; a copy of it is as good.",
  },
  REELAY_HOOK_URL_REFUSED: {
    status: 400,
    cause: "The address of a hook is none that webhooks may be sent to.",
    remedy:
      "Use http or https without user name and password. Only the owner's hooks may go to the local network, and none to link-local addresses.",
  },
  REELAY_HOOK_LIMIT: {
    status: 409,
    cause: "The account has as many hooks as it may have.",
    remedy: "Remove hooks that are not used.",
  },
  REELAY_PICTURE_UNSUPPORTED: {
    status: 500,
    cause: "A picture is of a format that is not served.",
    remedy: "Use JPEG, PNG, WebP or GIF.",
  },
  REELAY_PICTURE_TOO_LARGE: {
    status: 500,
    cause: "A picture is larger than 10 MiB.",
    remedy: "Save it with fewer pixels or more compression.",
  },
  REELAY_WATCH_LIMIT: {
    status: 500,
    cause: "The system's limit of watched folders (fs.inotify.max_user_watches) is reached.",
    remedy:
      "Raise it: `sysctl fs.inotify.max_user_watches=524288`. Until then changes are noticed by the periodic rescan.",
  },
  REELAY_HOOK_DISABLED: {
    status: 409,
    cause: "The hook is disabled or removed, or the preference WebHooksEnabled is off, so nothing can be sent to it.",
    remedy: "Enable the hook, or turn the preference on; for a hook that is removed, add it anew.",
  },
  REELAY_DELIVERY_NAME: {
    status: 500,
    cause: "A webhook could not be sent: the name in its address cannot be looked up.",
    remedy: "Check the address for typing errors, and the machine's name service; it is tried again.",
  },
  REELAY_DELIVERY_UNREACHABLE: {
    status: 500,
    cause: "A webhook could not be sent: nothing answers at its address.",
    remedy: "Check that the receiver runs, its port, and firewalls in between; it is tried again.",
  },
  REELAY_DELIVERY_TLS: {
    status: 500,
    cause: "A webhook was not sent: the receiver's certificate is not valid, or it speaks no TLS.",
    remedy: "Renew the certificate, or give the hook the certificate authority that made it; it is tried again.",
  },
  REELAY_DELIVERY_TIMEOUT: {
    status: 500,
    cause: "A webhook's receiver did not connect within 5 seconds, or did not answer within 15.",
    remedy:
      "Let the receiver answer first and work afterwards; it is tried again, so it must know repeats by webhook-id.",
  },
  REELAY_DELIVERY_CUT: {
    status: 500,
    cause: "A webhook's receiver ended the connection before it had answered.",
    remedy: "Look into the receiver's log, and those of proxies in between; it is tried again.",
  },
  REELAY_DELIVERY_BAD_ANSWER: {
    status: 500,
    cause: "What a webhook's receiver answered is not HTTP.",
    remedy: "Check address and port: http or https, and the right program behind it; it is tried again.",
  },
  REELAY_DELIVERY_REDIRECTED: {
    status: 500,
    cause: "A webhook's receiver answered with a redirect; none is followed.",
    remedy: "Give the hook the address that the redirect leads to; it is tried again.",
  },
  REELAY_DELIVERY_STATUS: {
    status: 500,
    cause: "A webhook's receiver answered with a status that is no success.",
    remedy: "Look into the receiver's log; the record has its answer. It is tried again.",
  },
  REELAY_DELIVERY_GONE: {
    status: 500,
    cause: "A webhook's receiver answered 410: it does not want any more.",
    remedy: "The hook is disabled; enable it again if that was a mistake.",
  },
  REELAY_DELIVERY_UNBUILDABLE: {
    status: 500,
    cause: "The request of a webhook could not be made.",
    remedy: "The record says why; correct the hook's template or headers. It is tried again.",
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  /** The HTTP status of the reply; 500 for errors that only commands and logs show. */
  readonly status: number;
  readonly cause: string;
  readonly remedy: string;
}

export type ErrorCode = keyof typeof errorCatalogue;

/** An error with a stable code. `detail` says what it was about in this case; it is shown to callers, so it holds no secret. */
export class ReelayError extends Error {
  override readonly name = "ReelayError";
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** Extra reply headers, such as Allow or Retry-After. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail?: string,
    options: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail === undefined ? errorCatalogue[code].cause : detail, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get remedy(): string {
    return errorCatalogue[this.code].remedy;
  }
}

/** What a caller is shown of an error: never a stack, never the message of an error that Reelay did not make. */
export interface ErrorReply {
  readonly code: ErrorCode;
  readonly status: number;
  readonly cause: string;
  readonly detail?: string;
  readonly remedy: string;
}

export function errorReply(error: ReelayError): ErrorReply {
  const { cause, remedy, status } = errorCatalogue[error.code];
  return { code: error.code, status, cause, ...(error.detail === undefined ? {} : { detail: error.detail }), remedy };
}

/** The system's code of a Node or SQLite error (`ENOENT`, `EACCES`, `ERR_SQLITE_ERROR` …), where it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
