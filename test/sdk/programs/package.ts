import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../../support/reelay-process.ts";

const run = promisify(execFile);

/** A folder with nothing but the packed SDK installed, under its own name and as plexjs. */
export interface Installed extends AsyncDisposable {
  readonly folder: string;
  /** Adds a file and gives its path. */
  write(name: string, content: string): string;
}

/** Builds, packs and installs, all without the network: there is nothing else to install. */
export async function installPacked(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), "reelay-sdk-"));
  const write = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const workspace = copyOfWorkspace(join(folder, "workspace"));
  const { stdout } = await run(
    "npm",
    ["pack", "-w", "@reelay/sdk", "--json", "--silent", "--pack-destination", folder],
    {
      cwd: workspace,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  rmSync(workspace, { recursive: true });
  // What the build prints comes first; the tarball's name is the same whatever npm prints after it.
  const [tarball] = /reelay-sdk-[\w.-]+\.tgz/.exec(stdout) ?? [];
  if (tarball === undefined) throw new Error(`npm pack named no tarball: ${stdout}`);
  const dependencies = { "@reelay/sdk": `file:./${tarball}`, "@lukehagar/plexjs": `file:./${tarball}` };
  write("package.json", JSON.stringify({ private: true, dependencies }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  return {
    folder,
    write,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

/** What packing needs of the repository: it rewrites files, and other tests read them at the same time. */
function copyOfWorkspace(to: string): string {
  const modules = join(to, "node_modules");
  mkdirSync(join(modules, "@reelay"), { recursive: true });
  for (const path of [
    "package.json",
    "tsconfig.json",
    "packages/tsconfig.sdk.json",
    "packages/protocol",
    "packages/sdk",
  ])
    cpSync(join(REPOSITORY, path), join(to, path), {
      recursive: true,
      filter: (file) => !/[\\/](?:dist|node_modules)$/.test(file),
    });
  for (const name of readdirSync(join(REPOSITORY, "node_modules")))
    if (name !== "@reelay") symlinkSync(join(REPOSITORY, "node_modules", name), join(modules, name));
  for (const name of ["protocol", "sdk"]) symlinkSync(join(to, "packages", name), join(modules, "@reelay", name));
  return to;
}
