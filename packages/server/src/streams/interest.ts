import { type Audience, type Family, maySee, type Rights, rightsKey } from "../events/index.ts";
import type { Selection } from "./selection.ts";

/** What a subscriber gets: what it asked for, of what it may see. */
export class Interest {
  /** Equal for interests that let the same messages through. */
  readonly key: string;
  readonly #selection: Selection;
  readonly #rights: Rights;
  readonly #origin: string | undefined;

  /** @param origin of the one server that it is about; undefined: of all */
  constructor(selection: Selection, rights: Rights, origin?: string) {
    this.#selection = selection;
    this.#rights = rights;
    this.#origin = origin;
    this.key = `${rightsKey(rights)} ${origin ?? ""} ${selection.key}`;
  }

  /** Those whose events can be among what it wants. */
  get families(): ReadonlySet<Family> {
    return this.#selection.families;
  }

  wants(message: { readonly type: string; readonly audience: Audience; readonly origin: string | undefined }): boolean {
    if (this.#origin !== undefined && message.origin !== this.#origin) return false;
    return this.#selection.passes(message.type) && maySee(this.#rights, message.audience);
  }

  /** The same wish under other rights. */
  under(rights: Rights): Interest {
    return new Interest(this.#selection, rights, this.#origin);
  }
}
