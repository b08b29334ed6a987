import type { Logger } from "../support/index.ts";
import type { ScanRequest, ScanResult } from "./scan.ts";

type Run = (
  sectionId: number,
  request: ScanRequest,
  uuid: string,
  signal: AbortSignal,
) => Promise<ScanResult | undefined>;

const nothingFound: ScanResult = {
  added: 0,
  changed: 0,
  moved: 0,
  removed: 0,
  unavailable: 0,
  cancelled: true,
  unsettled: [],
};

interface Entry {
  readonly sectionId: number;
  readonly request: ScanRequest;
  readonly uuid: string;
  readonly abort: AbortController;
  readonly done: Promise<ScanResult>;
  readonly finish: (result: ScanResult) => void;
}

/** One scan at a time: they would only compete for the disk. A waiting scan serves everybody whose request it covers. */
export class ScanQueue {
  readonly #run: Run;
  readonly #log: Logger;
  #waiting: Entry[] = [];
  #running: Entry | undefined;
  #closed = false;

  constructor(run: Run, log: Logger) {
    this.#run = run;
    this.#log = log;
  }

  add(sectionId: number, request: ScanRequest, uuid: string): Pick<Entry, "uuid" | "done"> {
    const covering = this.#waiting.find((entry) => entry.sectionId === sectionId && covers(entry.request, request));
    if (covering !== undefined) return covering;
    const { promise, resolve } = Promise.withResolvers<ScanResult>();
    const entry: Entry = { sectionId, request, uuid, abort: new AbortController(), done: promise, finish: resolve };
    if (this.#closed) resolve(nothingFound);
    else this.#waiting.push(entry);
    void this.#next();
    return entry;
  }

  isBusyWith(sectionId: number): boolean {
    return this.#running?.sectionId === sectionId || this.#waiting.some((entry) => entry.sectionId === sectionId);
  }

  /** Ends a section's scans; resolves when none runs any more. */
  async cancel(sectionId: number): Promise<void> {
    const [mine, others] = [true, false].map((own) =>
      this.#waiting.filter((entry) => (entry.sectionId === sectionId) === own),
    );
    this.#waiting = others ?? [];
    for (const entry of mine ?? []) entry.finish(nothingFound);
    if (this.#running?.sectionId === sectionId) {
      this.#running.abort.abort();
      await this.#running.done;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#waiting.splice(0)) entry.finish(nothingFound);
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  async #next(): Promise<void> {
    if (this.#running !== undefined) return;
    const entry = this.#waiting.shift();
    if (entry === undefined) return;
    this.#running = entry;
    let result = nothingFound;
    try {
      result = (await this.#run(entry.sectionId, entry.request, entry.uuid, entry.abort.signal)) ?? nothingFound;
    } catch (error) {
      this.#log.error({ err: error, section: entry.sectionId }, "a scan failed");
    }
    this.#running = undefined;
    entry.finish(result);
    void this.#next();
  }
}

/** Whether a waiting scan also does what another request asks. Scans of folders are merged only when they are the same. */
function covers(waiting: ScanRequest, asked: ScanRequest): boolean {
  if (waiting.force !== true && asked.force === true) return false;
  if (waiting.folders === undefined) return true;
  const { folders } = asked;
  return folders?.every((folder) => waiting.folders?.some((other) => other.equals(folder))) === true;
}
