import type { Lamp } from "./lights.ts";

export interface HueOptions {
  /** `http://192.168.1.2` */
  readonly bridge: string;
  /** The user name that the bridge gave out. */
  readonly key: string;
  /** Number of the lamp on the bridge. */
  readonly light: string;
}

/** A bridge that does not answer by then is away. */
const TIMEOUT_MS = 3_000;
/** The bridge counts from 1 to 254. */
const BRIGHTEST = 254;

/** A lamp on a Philips Hue bridge, or on what speaks its HTTP interface: deCONZ, diyHue, Home Assistant's emulated Hue. */
export function hueLamp({ bridge, key, light }: HueOptions): Lamp {
  const url = new URL(`/api/${encodeURIComponent(key)}/lights/${encodeURIComponent(light)}/state`, bridge);
  return {
    async set(brightness) {
      const state = brightness <= 0 ? { on: false } : { on: true, bri: Math.ceil((brightness * BRIGHTEST) / 100) };
      const response = await fetch(url, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...state, transitiontime: 4 }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      // A bridge answers 200 to what it refuses: the reason is in the body.
      const answer = await response.text();
      if (!response.ok || answer.includes('"error"')) throw new Error(`The bridge says ${response.status}: ${answer}`);
    },
  };
}
