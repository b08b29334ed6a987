import type { SDKOptions } from "./client/options.ts";
import { PlexAPICore } from "./core.ts";
import { Events } from "./events.ts";

/** A client of a Plex Media Server or of Reelay. */
export class PlexAPI extends PlexAPICore {
  readonly events: Events;

  /** @throws TypeError for a server address that is none. */
  constructor(options: SDKOptions = {}) {
    super(options);
    this.events = new Events(this);
  }
}
