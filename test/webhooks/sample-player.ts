import { expect } from "vitest";
import type { SampleServer } from "../support/sample-server.ts";

const PLAYED = [
  ["playing", 0],
  ["paused", 10_000],
  ["playing", 10_000],
  ["playing", 58_000],
  ["stopped", 58_000],
] as const;

/** Plays the sample server's items, each as if it were a minute long. */
export class SamplePlayer {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #server: () => SampleServer["server"];

  /** @param server asked for with each report */
  constructor(name: string, server: () => SampleServer["server"]) {
    this.#headers = {
      "x-plex-client-identifier": name.toLowerCase().replaceAll(" ", "-"),
      "x-plex-device-name": name,
      "x-plex-product": "Test",
    };
    this.#server = server;
  }

  /** Where it is. @param token of an account other than the owner's */
  async report(ratingKey: string, state: string, time: number, token?: string): Promise<void> {
    const query = new URLSearchParams({
      ...{ ratingKey, key: `/library/metadata/${ratingKey}`, state, time: String(time), duration: "60000" },
    });
    const headers = { ...this.#headers, ...(token === undefined ? {} : { "x-plex-token": token }) };
    expect((await this.#server().fetch(`/:/timeline?${query}`, { headers })).status).toBe(200);
  }

  /** All that becomes a `media.…` event: begins, pauses, goes on to the end, stops, and is rated. */
  async playThrough(ratingKey: string): Promise<void> {
    for (const [state, time] of PLAYED) await this.report(ratingKey, state, time);
    const rate = `/:/rate?key=${ratingKey}&identifier=com.plexapp.plugins.library&rating=8`;
    expect((await this.#server().fetch(rate, { method: "PUT", headers: this.#headers })).status).toBe(200);
  }
}
