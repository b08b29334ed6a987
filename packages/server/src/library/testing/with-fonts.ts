import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";

/** Has sans-serif letters of mathematics, 𝖠 to 𝗓, which the font of cards lacks; neither has Han. */
export const OTHER_FONT = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");

/**
 * Runs a module in a process whose system has these fonts and no others. Fonts are looked for once in a process.
 * @param fonts files
 * @param code its relative imports are those of `library/`
 * @returns what it prints, line by line
 */
export async function withFonts(fonts: readonly string[], code: string): Promise<string[]> {
  await using folder = await temporaryFolder("fonts");
  const installed = join(folder.path, "fonts");
  await mkdir(installed);
  for (const font of fonts) await copyFile(font, join(installed, basename(font)));
  const config = join(folder.path, "fonts.conf");
  const content = `<dir>${installed}</dir><cachedir>${folder.path}</cachedir>`;
  await writeFile(config, `<?xml version="1.0"?><fontconfig>${content}</fontconfig>`);
  const script = join(folder.path, "script.mjs");
  const library = new URL("../", import.meta.url).href;
  await writeFile(script, code.replaceAll('from "./', `from "${library}`));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=source", script], {
    env: { ...process.env, FONTCONFIG_FILE: config },
    maxBuffer: 10_000_000,
  });
  return stdout.trimEnd().split("\n");
}
