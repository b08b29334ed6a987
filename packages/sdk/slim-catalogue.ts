import { notificationCatalogue } from "../protocol/src/catalogue.ts";
import type { Field } from "../protocol/src/fields.ts";

const CATALOGUE = /protocol[\\/]src[\\/]catalogue\.ts$/;

/** The part of a rolldown plugin that is used here. */
interface Plugin {
  readonly name: string;
  load(id: string): { readonly code: string; readonly moduleType: "js" } | undefined;
}

/**
 * A bundler plugin: of the catalogue of notifications a reader needs names and types. What it says to people, three quarters
 * of its bytes, stays out of the bundle.
 */
export function slimCatalogue(): Plugin {
  return {
    name: "slim-catalogue",
    load(id) {
      if (!CATALOGUE.test(id)) return undefined;
      const slim = Object.entries(notificationCatalogue).map(([type, { payloadKey, fields }]) => [
        type,
        { payloadKey, fields: slimFields(fields) },
      ]);
      const code = `export const notificationCatalogue = ${JSON.stringify(Object.fromEntries(slim))};`;
      return { code, moduleType: "js" };
    },
  };
}

/** Readers look at text fields, which old servers send as numbers, and at what is inside of objects; at nothing else. */
function slimFields(fields: readonly Field[]): readonly unknown[] {
  return fields.flatMap(({ name, type, fields: inner }): unknown[] => {
    if (inner) return [{ name, type, fields: slimFields(inner) }];
    return type === "string" ? [{ name, type }] : [];
  });
}
