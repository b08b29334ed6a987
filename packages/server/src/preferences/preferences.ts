import type { Outbox, SettingFacts } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import {
  isPreferenceId,
  type Preference,
  type PreferenceId,
  type PreferenceValue,
  preferences,
  readValue,
} from "./catalogue.ts";

/** The values of all preferences: read at once from memory, changed all or none, told one by one. */
export class Preferences {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #values = new Map<PreferenceId, boolean | number | string>();
  /** Of this start: in the place of what is stored, until it is changed. */
  readonly #given = new Set<PreferenceId>();
  readonly #listeners = new Map<PreferenceId, Set<() => void>>();

  /**
   * @param first values for preferences that were never set: those of the configuration file
   * @param given values of this start, in the place of what is stored, until they are changed
   * @throws REELAY_INVALID_PARAMETER for an unknown id or a value that is not allowed
   */
  static async open(
    database: Database,
    outbox: Outbox,
    first: Readonly<Record<string, string>> = {},
    given: Readonly<Record<string, string>> = {},
  ): Promise<Preferences> {
    const stored = database.read.all("SELECT id, value FROM preferences");
    const opened = new Preferences(database, outbox);
    for (const { id, value } of stored) {
      // One that a newer Reelay knew is kept in the table and does nothing.
      if (isPreferenceId(String(id))) opened.#values.set(id as PreferenceId, JSON.parse(String(value)));
    }
    const missing = Object.entries(first).filter(([id]) => !stored.some((row) => row.id === id));
    const values = check(Object.fromEntries(missing));
    await database.transaction((tx) => {
      for (const [id, value] of values) opened.#write(tx, id, value);
    });
    for (const [id, value] of check(given)) {
      opened.#values.set(id, value);
      opened.#given.add(id);
    }
    return opened;
  }

  private constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  get<Id extends PreferenceId>(id: Id): PreferenceValue<Id> {
    return (this.#values.get(id) ?? preferences[id].default) as PreferenceValue<Id>;
  }

  /** Whether it was ever set or given; else it has its default. */
  isSet(id: PreferenceId): boolean {
    return this.#values.has(id);
  }

  /** Calls `listener` after each change of these; the returned function ends that. */
  onChange(ids: readonly PreferenceId[], listener: () => void): () => void {
    for (const id of ids) {
      const listeners = this.#listeners.get(id) ?? new Set();
      listeners.add(listener);
      this.#listeners.set(id, listeners);
    }
    return () => {
      for (const id of ids) this.#listeners.get(id)?.delete(listener);
    };
  }

  list(): SettingFacts[] {
    return (Object.keys(preferences) as PreferenceId[]).map((id) => this.setting(id));
  }

  setting(id: PreferenceId): SettingFacts {
    const { type, label, summary, group, hidden, advanced, values, ...preference }: Preference = preferences[id];
    return {
      id,
      label,
      summary,
      type,
      default: preference.default,
      value: this.#values.get(id) ?? preference.default,
      hidden: hidden ?? false,
      advanced: advanced ?? false,
      group,
      ...(values === undefined ? {} : { enumValues: values.map(([value, name]) => `${value}:${name}`).join("|") }),
    };
  }

  /**
   * Changes several at once, all or none; each that gets another value is told by one `preference.changed`.
   * @param texts by id, as clients send them
   * @throws REELAY_INVALID_PARAMETER for an unknown id or a value that is not allowed; nothing has changed then
   */
  async set(texts: Readonly<Record<string, string>>): Promise<void> {
    const changed = check(texts)
      .map(([id, value]) => ({ id, value, isNew: this.get(id) !== value }))
      // What holds for this start only is stored all the same when somebody asks for it.
      .filter(({ id, isNew }) => isNew || this.#given.has(id));
    if (changed.length === 0) return;
    await this.#database.transaction((tx) => {
      for (const { id, value, isNew } of changed) {
        this.#write(tx, id, value);
        if (!isNew) continue;
        this.#outbox.append(tx, [
          {
            type: "preference.changed",
            audience: { kind: "admins" },
            subject: `preference:${id}`,
            facts: { ...this.setting(id), value },
          },
        ]);
      }
    });
  }

  #write(tx: Transaction, id: PreferenceId, value: boolean | number | string): void {
    tx.run("INSERT OR REPLACE INTO preferences (id, value) VALUES (?, ?)", id, JSON.stringify(value));
    tx.afterCommit(() => {
      this.#values.set(id, value);
      this.#given.delete(id);
      for (const listener of this.#listeners.get(id) ?? []) listener();
    });
  }
}

function check(texts: Readonly<Record<string, string>>): [PreferenceId, boolean | number | string][] {
  return Object.entries(texts).map(([id, text]) => {
    if (!isPreferenceId(id)) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", `${id}: there is no such preference; GET /:/prefs lists all.`);
    }
    const read = readValue(preferences[id], text);
    if ("allowed" in read) throw new ReelayError("REELAY_INVALID_PARAMETER", `${id}: ${read.allowed}.`);
    return [id, read.value];
  });
}
