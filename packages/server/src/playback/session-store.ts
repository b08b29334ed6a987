import type { PlaybackSession } from "@reelay/protocol";
import type { Transaction } from "../storage/index.ts";
import type { About } from "./session-events.ts";

/** A session that has not ended. */
export interface LiveSession {
  /** The `sessionKey`. */
  readonly key: number;
  readonly playback: PlaybackSession;
  readonly about: About;
}

/** The table of running sessions: how they outlast the server. */
export const sessionStore = {
  /** @returns the key of a new session, never given before */
  insert(tx: Transaction, playback: PlaybackSession, about: About): number {
    return tx.run(
      "INSERT INTO sessions (last_report_at, playback, about) VALUES (?, ?, ?)",
      playback.lastReportAt,
      JSON.stringify(playback),
      JSON.stringify(about),
    ).lastId;
  },

  update(tx: Transaction, { key, playback, about }: LiveSession): void {
    tx.run(
      "UPDATE sessions SET last_report_at = ?, playback = ?, about = ? WHERE key = ?",
      playback.lastReportAt,
      JSON.stringify(playback),
      JSON.stringify(about),
      key,
    );
  },

  remove(tx: Transaction, key: number): void {
    tx.run("DELETE FROM sessions WHERE key = ?", key);
  },

  all(tx: Transaction): LiveSession[] {
    return tx.all("SELECT key, playback, about FROM sessions ORDER BY key").map((row) => ({
      key: Number(row.key),
      playback: JSON.parse(String(row.playback)) as PlaybackSession,
      about: JSON.parse(String(row.about)) as About,
    }));
  },
};
