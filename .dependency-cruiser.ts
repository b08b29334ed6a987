/**
 * Rooms and floors (docs/architecture.md), as rules. `npm run lint` applies them through scripts/lint-floors.ts, which first shows on
 * fixtures that they can fail.
 * The fixtures under test/lint-fixture have the same folders as the repository.
 */

import type { Statement, VariableDeclarator } from "@swc/core";
import { Visitor } from "@swc/core/Visitor.js";
import type { IConfiguration } from "dependency-cruiser";

// swc parses `using`, but the visitor that dependency-cruiser walks its tree with throws on it, and its types do not know it.
interface UsingDeclaration {
  readonly type: "UsingDeclaration";
  decls: VariableDeclarator[];
}
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visit(this: Visitor, statement: Statement | UsingDeclaration) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement as unknown as Statement;
};

/** From the ground up. A room is a folder or, on the floors that wire, a file. */
export const floors = [
  ["support"],
  ["storage", "http"],
  ["events"],
  ["accounts", "activities", "identity", "preferences", "streams", "webhooks"],
  ["library"],
  ["api", "butler", "playback", "upstream", "web"],
  [
    "access.ts",
    "alarms.ts",
    "bench-source.ts",
    "ending.ts",
    "given-sections.ts",
    "hook-recipient.ts",
    "index.ts",
    "preference-values.ts",
    "server-options.ts",
    "server.ts",
  ],
  ["cli", "config.ts", "settings.ts"],
];

const root = "^(?:test/lint-fixture/[^/]+/|)packages/";
const server = `${root}server/src/`;

/** What tests are made of may look behind doors and upwards: it is never part of what runs. */
const tests = "(?:\\.test|\\.contract|\\.fixture)\\.ts$|/testing(?:/|\\.ts$)";

const oneOf = (names: readonly string[]) => `(${names.map((name) => name.replaceAll(".", "\\.")).join("|")})(?:/|$)`;

const floorRules = floors.map((rooms, floor) => ({
  name: `floor-${floor}-imports-only-from-below`,
  comment: `${rooms.join(", ")}: imports go to floors below ${floor} only, not up and not to a neighbour.`,
  severity: "error" as const,
  from: { path: `${server}${oneOf(rooms)}`, pathNot: tests },
  to: {
    path: `${server}${oneOf(floors.slice(floor).flat())}`,
    // On the floors of files that wire, all that is there is one room.
    pathNot: rooms.some((room) => room.endsWith(".ts")) ? `${server}${oneOf(rooms)}` : `${server}$1(?:/|$)`,
  },
}));

const configuration = {
  forbidden: [
    ...floorRules,
    {
      name: "every-room-has-a-floor",
      comment: "A new room is added to `floors` above and to docs/architecture.md.",
      severity: "error" as const,
      from: {},
      to: { path: server, pathNot: `${server}${oneOf(floors.flat())}` },
    },
    {
      name: "only-through-the-door",
      comment: "A room is imported through its index.ts.",
      severity: "error" as const,
      from: { path: [`${server}([^/]+)/`, `${server}[^/]+\\.ts$`, `${root}server/bin/`], pathNot: tests },
      to: { path: `${server}[^/]+/`, pathNot: [`${server}$1/`, `${server}[^/]+/index\\.ts$`] },
    },
    {
      name: "packages-only-through-the-door",
      comment: "Another package is imported by its name, which is its src/index.ts.",
      severity: "error" as const,
      from: { path: `${root}([^/]+)/src/`, pathNot: tests },
      to: { path: `${root}[^/]+/`, pathNot: [`${root}$1/`, `${root}[^/]+/src/index\\.ts$`] },
    },
    {
      name: "server-is-nobodys-dependency",
      comment: "Other packages run where there is no server; what they share with it is in the protocol.",
      severity: "error" as const,
      from: { path: `${root}[^/]+/src/`, pathNot: [tests, `${root}server/`] },
      to: { path: `${root}server/` },
    },
    {
      name: "protocol-imports-nothing",
      comment: "The protocol is pure: it runs in browsers and workers, without dependencies and without Node.",
      severity: "error" as const,
      from: { path: `${root}protocol/src/`, pathNot: tests },
      to: { pathNot: `${root}protocol/src/` },
    },
    {
      name: "no-circles",
      comment: "Neither between rooms nor among the files of one.",
      severity: "error" as const,
      from: {},
      to: { circular: true },
    },
    {
      name: "nothing-of-tests-at-run-time",
      severity: "error" as const,
      from: { path: `${root}[^/]+/src/`, pathNot: tests },
      to: { path: tests },
    },
    {
      name: "no-unresolved-import",
      comment: "bench/peers has packages of its own, which only the benchmark installs.",
      severity: "error" as const,
      from: { pathNot: "^bench/peers/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no parser that dependency-cruiser can use; without swc it would read no module, and pass.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".json"],
    },
  },
} satisfies IConfiguration;

export default configuration;
