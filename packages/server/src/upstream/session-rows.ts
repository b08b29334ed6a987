import type { PlaybackSession, SessionEvent } from "@reelay/protocol";
import type { ToldNotification } from "../events/index.ts";
import type { Queries, Transaction } from "../storage/index.ts";
import type { About } from "./about.ts";

/** A start that waits until its upstream has said who plays what. */
export interface Untold {
  readonly event: SessionEvent;
  readonly notification?: ToldNotification;
}

/** A playback on an upstream that has not ended. */
export interface WatchedSession {
  readonly key: number;
  readonly playback: PlaybackSession;
  readonly about: About;
  readonly untold?: Untold;
}

/** The table of playback on upstreams: how it outlasts this server. */
export const sessionRows = {
  insert(tx: Transaction, origin: string, { playback, about, untold }: Omit<WatchedSession, "key">): number {
    return tx.run(
      "INSERT INTO upstream_sessions (origin, playback, about, untold) VALUES (?, ?, ?, ?)",
      origin,
      JSON.stringify(playback),
      JSON.stringify(about),
      untold === undefined ? null : JSON.stringify(untold),
    ).lastId;
  },

  update(tx: Transaction, { key, playback, about, untold }: WatchedSession): void {
    tx.run(
      "UPDATE upstream_sessions SET playback = ?, about = ?, untold = ? WHERE key = ?",
      JSON.stringify(playback),
      JSON.stringify(about),
      untold === undefined ? null : JSON.stringify(untold),
      key,
    );
  },

  remove(tx: Transaction, key: number): void {
    tx.run("DELETE FROM upstream_sessions WHERE key = ?", key);
  },

  all(queries: Queries, origin: string): WatchedSession[] {
    return queries.all("SELECT * FROM upstream_sessions WHERE origin = ? ORDER BY key", origin).map((row) => ({
      key: Number(row.key),
      playback: JSON.parse(String(row.playback)) as PlaybackSession,
      about: JSON.parse(String(row.about)) as About,
      ...(row.untold === null ? {} : { untold: JSON.parse(String(row.untold)) as Untold }),
    }));
  },
};
