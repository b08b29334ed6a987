import { filterKey, type NotificationFilter, passesFilter } from "@reelay/protocol";
import { type Audience, type Family, familiesOf, maySee, type Rights, rightsKey } from "../events/index.ts";

/** What a subscriber gets: what it asked for, of what it may see. */
export class Interest {
  /** Equal for interests that let the same messages through. */
  readonly key: string;
  readonly #filter: NotificationFilter;
  readonly #rights: Rights;
  /** Those whose events can be among what it wants. */
  readonly families: ReadonlySet<Family>;

  constructor(filter: NotificationFilter, rights: Rights) {
    this.#filter = filter;
    this.#rights = rights;
    this.families = familiesOf((type) => passesFilter(filter, type));
    this.key = `${rightsKey(rights)} ${filterKey(filter)}`;
  }

  wants(message: { readonly type: string; readonly audience: Audience }): boolean {
    return passesFilter(this.#filter, message.type) && maySee(this.#rights, message.audience);
  }

  /** The same wish under other rights. */
  under(rights: Rights): Interest {
    return new Interest(this.#filter, rights);
  }
}
