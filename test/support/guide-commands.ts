import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./reelay-process.ts";

/** The commands below one heading of a guide, as the words that a shell would make of them; without the `reelay` in front. */
export function commandsOfGuide(guide: string, heading: string): readonly (readonly string[])[] {
  const text = readFileSync(join(REPOSITORY, "docs", "guides", guide), "utf8");
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${guide} has no heading ${heading}`);
  const scripts = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = ""]) => script);
  return scripts
    .flatMap((script) => script.replaceAll("\\\n", " ").trim().split("\n"))
    .map((line) => {
      const [program, ...words] = shellWords(line);
      if (program !== "reelay") throw new Error(`no command of reelay: ${line}`);
      return words;
    });
}

/** Words of a line without variables: blanks part them, quotes of either kind keep them together. */
function shellWords(line: string): readonly string[] {
  if (/[$`\\]/.test(line)) throw new Error(`more shell than this reads: ${line}`);
  const words = line.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g);
  return [...words].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_all, single, double) => single ?? double),
  );
}
