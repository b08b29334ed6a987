const DAY_MS = 86_400_000;

/** Texts in UTF-16 code units, times in milliseconds. */
export const hookLimits = {
  /** Hooks of one account. */
  ownersHooks: 1_000,
  membersHooks: 50,
  url: 2_048,
  description: 200,
  headers: 20,
  headerName: 64,
  headerValue: 1_024,
  /** Of a custom request, before anything is filled in. */
  body: 16_384,
  /** PEM. */
  ca: 65_536,
  minAge: 1_000,
  maxAge: 365 * DAY_MS,
  settle: 60_000,
  /** How long the old secret is valid besides a new one. */
  keepOldSecret: 30 * DAY_MS,
} as const;

/** How old events may be, unless the hook says otherwise. */
export const defaultMaxAge = { live: 300_000, record: 3 * DAY_MS } as const;

/** What a hook is for, as settings. What is set besides goes before it. */
export const hookPresets = {
  /** Lights and blinds: what is late is worse than nothing, and only the newest state counts. */
  automation: { maxAge: { live: 30_000, record: 30_000 }, latestOnly: true, settleMs: 1_500 },
  /** Scrobblers and statistics: everything, however late. */
  records: { maxAge: { live: null, record: null }, latestOnly: false, settleMs: 0 },
} as const;

export const DEFAULT_KEEP_OLD_SECRET_MS = DAY_MS;
