import { pathOf } from "./query.ts";

interface Entry {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Remembers which methods each address has, to tell a wrong method (405) from an unknown address (404). */
export class MethodTable {
  readonly #entries = new Map<string, Entry>();

  add(pattern: string, methods: string | readonly string[]): void {
    const entry = this.#entries.get(pattern) ?? { pattern: toRegExp(pattern), methods: new Set<string>() };
    for (const method of typeof methods === "string" ? [methods] : methods) entry.methods.add(method);
    this.#entries.set(pattern, entry);
  }

  /** The methods that the address of `url` has; none if there is nothing. */
  allowed(url: string): readonly string[] {
    let path = pathOf(url).replace(/(?<=.)\/$/, "");
    try {
      path = decodeURI(path);
    } catch {
      return [];
    }
    const methods = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.pattern.test(path)) for (const method of entry.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

/** A route pattern of find-my-way as a RegExp: `:name`, `:name(regexp)`, `*`, and `::` for a colon. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(
    /::|:([A-Za-z_]\w*)(?:\(((?:[^()\\]|\\.)*)\))?|\*|[.+?^${}()|[\]\\]/g,
    (token, name: string | undefined, expression: string | undefined) => {
      if (token === "::") return ":";
      if (name !== undefined) return `(?:${expression?.replace(/^\^|\$$/g, "") ?? "[^/]+?"})`;
      return token === "*" ? ".*" : `\\${token}`;
    },
  );
  return new RegExp(`^${source}$`);
}
