import { existsSync, readFileSync } from "node:fs";

/**
 * What npm has not installed as this checkout needs it, such as `zod is missing`: dependencies have changed since the last
 * `npm ci`. Looked at before anything starts, since what is missing is often loaded only where it is used, and what would be
 * seen of it there are files and pictures that cannot be read.
 */
export function notInstalled() {
  if (!isCheckout()) return [];
  const { dependencies } = JSON.parse(readFileSync(at("../package.json"), "utf8"));
  return Object.entries(dependencies).flatMap(([name, wanted]) => {
    const found = installedVersion(name);
    if (found === undefined) return [`${name} is missing`];
    return found === wanted ? [] : [`${name} is ${found} instead of ${wanted}`];
  });
}

/** Elsewhere npm has put this package where it is, and where its dependencies are is npm's business. */
function isCheckout() {
  return existsSync(at("../../../package-lock.json")) && existsSync(at("../../protocol/package.json"));
}

function installedVersion(name) {
  for (const folder of ["../node_modules", "../../../node_modules"]) {
    try {
      return JSON.parse(readFileSync(at(`${folder}/${name}/package.json`), "utf8")).version;
    } catch {
      // It is in the other one, or nowhere.
    }
  }
  return undefined;
}

function at(path) {
  return new URL(path, import.meta.url);
}
