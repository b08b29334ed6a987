import { type Audience, type Family, maySee, type Rights, rightsKey } from "../events/index.ts";
import type { Selection } from "./selection.ts";

/** What a subscriber gets: what it asked for, of what it may see. */
export class Interest {
  /** Equal for interests that let the same messages through. */
  readonly key: string;
  readonly #selection: Selection;
  readonly #rights: Rights;

  constructor(selection: Selection, rights: Rights) {
    this.#selection = selection;
    this.#rights = rights;
    this.key = `${rightsKey(rights)} ${selection.key}`;
  }

  /** Those whose events can be among what it wants. */
  get families(): ReadonlySet<Family> {
    return this.#selection.families;
  }

  wants(message: { readonly type: string; readonly audience: Audience }): boolean {
    return this.#selection.passes(message.type) && maySee(this.#rights, message.audience);
  }

  /** The same wish under other rights. */
  under(rights: Rights): Interest {
    return new Interest(this.#selection, rights);
  }
}
