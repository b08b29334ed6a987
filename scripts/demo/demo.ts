/**
 * `npm run demo`: a server, receivers of its events, a player and a lamp, all real; what the server says that it told is compared with what
 * everybody heard.
 *
 *     node -C source scripts/demo/demo.ts [--limit 60]
 *
 * Ends by itself within the limit (seconds), and leaves nothing. Exit code 0 only if everything held.
 */
import { parseArgs } from "node:util";
import { differences, drawUp, type Sheet } from "./balance-sheet.ts";
import { balance, holds } from "./ledger.ts";
import { bold, duration, fail, missed, say, seen, step } from "./report.ts";
import { type Scene, setUp } from "./scene.ts";
import { Stage } from "./stage.ts";
import { filmArrives, lampFollows, newsArrives, outage, streamsAreCut } from "./steps.ts";

/** How long the last of what was told may take to arrive. */
const LAST_MS = 10_000;
/** How long the programs may take to be gone. */
const CLEAN_UP_MS = 5_000;
const SAME_KEY_MS = 500;
/** Exit code after Ctrl-C, as shells have it. */
const INTERRUPTED = 130;

const { values } = parseArgs({ options: { limit: { type: "string", default: "60" } } });
const limitSeconds = Number(values.limit);
if (!(limitSeconds > 0 && limitSeconds <= 3_600)) {
  fail(`--limit: ${JSON.stringify(values.limit)} is no number of seconds up to 3600.`);
  process.exit(2);
}

const ending = new AbortController();
let interrupted: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupted ??= performance.now();
    // npm passes Ctrl-C on, which the terminal has told already: only what comes later is the second.
    if (performance.now() - interrupted > SAME_KEY_MS) process.exit(INTERRUPTED);
    end("it was interrupted");
  });
}
const deadline = setTimeout(
  () => end(`it had ${limitSeconds} s; on a slow machine try --limit ${limitSeconds * 3}`),
  limitSeconds * 1000,
);

const started = Date.now();
process.exitCode = await perform();
clearTimeout(deadline);

/** Whatever still waits gives up. What does not is left behind: leaving ends the programs and removes the folders. */
function end(why: string): void {
  ending.abort(new Error(why));
  setTimeout(() => {
    fail(`The demo did not hold: ${why}, and something did not end in ${duration(CLEAN_UP_MS)}.`);
    process.exit(1);
  }, CLEAN_UP_MS).unref();
}

async function perform(): Promise<number> {
  try {
    await using stage = new Stage(ending.signal);
    say("A server on a temporary folder, two streams, a receiver of webhooks, a player and a lamp:");
    say("real programs that talk over HTTP. This takes about 40 s.");
    return await play(await setUp(stage));
  } catch (error) {
    const { aborted, reason } = ending.signal;
    if (interrupted !== undefined) return INTERRUPTED;
    const message = error instanceof Error ? error.message : String(error);
    fail(`The demo did not hold: ${aborted ? (reason as Error).message : message}`);
    if (aborted && reason !== error) fail(message);
    return 1;
  }
}

async function play(scene: Scene): Promise<number> {
  await filmArrives(scene);
  await newsArrives(scene);
  const first = await lampFollows(scene);
  const second = await outage(scene, first);
  await streamsAreCut(scene, second);
  return close(await lastSheet(scene));
}

/** What was told a moment ago may still be on its way. */
async function lastSheet(scene: Scene): Promise<Sheet> {
  const end = Date.now() + LAST_MS;
  let sheet = await drawUp(scene);
  await scene.stage.until(async () => {
    if (sheet.waiting === 0 && differences(sheet).length === 0) return true;
    if (Date.now() > end) return true;
    sheet = await drawUp(scene);
    return false;
  }, "the last of what was told");
  return sheet;
}

function close(sheet: Sheet): number {
  step(6, "What the server's record says, beside what everybody heard");
  for (const one of sheet.accounts) {
    const { listener, told, received, late } = one;
    const after = late.length === 0 || listener === "lamp" ? "" : `, ${late.length} of them after it was away`;
    (holds(one) ? seen : missed)(`${listener.padEnd(9)}  told ${told}, received ${received}${after}`);
  }
  seen(`not delivered: ${sheet.withReason} webhooks, each with its reason`);
  const problems = differences(sheet);
  if (sheet.waiting > 0) problems.push(`${sheet.waiting} webhooks still wait`);
  for (const problem of problems) fail(problem);
  const { line, holds: balanced } = balance(sheet.accounts);
  say(`\n${duration(Date.now() - started)} in all`);
  say(bold(line));
  return balanced && problems.length === 0 ? 0 : 1;
}
