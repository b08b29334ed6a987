import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.ts";
import { mergeTrackTags, parseTrack } from "./naming.ts";
import { ProbePool, ProbePoolClosed } from "./probe.ts";
import { errorOf } from "./probe-result.ts";
import { asSomebodyElse } from "./testing/somebody-else.ts";

interface Expected {
  readonly file: string;
  readonly type: "movie" | "episode" | "track";
  readonly container: string;
  readonly durationMs: number | null;
  readonly videoCodec: string | null;
  readonly audioCodec: string | null;
  readonly hasPicture: boolean;
  readonly broken: boolean;
}

const samples = join(import.meta.dirname, "../../../../samples");
const inSamples = (file: string): string => join(samples, "media", file);
const { items } = JSON.parse(await readFile(join(samples, "expected.json"), "utf8")) as { items: Expected[] };
const sample = (pattern: RegExp): string => inSamples(items.find(({ file }) => pattern.test(file))?.file ?? "none");
const kindOf = (type: Expected["type"]) => (type === "track" ? "audio" : "video");

let folder: string;
let pool: ProbePool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-probe-"));
  pool = new ProbePool({ workers: 2 });
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

async function made(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("of the sample library", () => {
  it.each(items.filter(({ broken }) => !broken))("$file is what ffprobe says", async (item) => {
    const { media, error, fingerprint: print } = await pool.probe(inSamples(item.file), kindOf(item.type));
    expect(error).toBeUndefined();
    expect(media).toMatchObject({ container: item.container, audioCodec: item.audioCodec });
    expect(media?.videoCodec ?? null).toBe(item.videoCodec);
    expect(media?.streams.map(({ codec }) => codec)).toEqual([item.videoCodec, item.audioCodec].filter(Boolean));
    // Demuxers differ by the encoder's delay: one frame of MP3 or AAC.
    expect(Math.abs((media?.durationMs ?? 0) - (item.durationMs ?? 0))).toBeLessThanOrEqual(30);
    expect(print).toEqual(await fingerprint(inSamples(item.file)));
  });

  it.each(items.filter(({ broken }) => broken))("$file is told as broken", async ({ file }) => {
    const { media, error, fingerprint: print } = await pool.probe(inSamples(file), "video");
    expect({ media, code: error?.code }).toEqual({ media: undefined, code: "REELAY_MEDIA_UNREADABLE" });
    expect(print?.size).toBe(6000);
  });

  it("the facts are spelled as Plex spells them", async () => {
    const film = await pool.probe(sample(/Mühle/), "video");
    expect(film.media).toMatchObject({
      ...{ container: "mp4", durationMs: 4000, bitrateKbps: 358, width: 1280, height: 720, aspectRatio: 1.78 },
      ...{ videoCodec: "h264", videoProfile: "main", videoResolution: "720", videoFrameRate: "24p" },
      ...{ audioCodec: "aac", audioProfile: "lc", audioChannels: 2 },
    });
    expect(film.media?.streams[1]).toMatchObject({
      ...{ streamType: 2, index: 1, codec: "aac", channels: 2, audioChannelLayout: "stereo", samplingRate: 44100 },
      ...{ languageTag: "en", language: "English", default: true },
    });
    const track = await pool.probe(sample(/Schlüssel/), "audio");
    expect(track.media).toMatchObject({ container: "flac", audioCodec: "flac", audioChannels: 1, durationMs: 5000 });
    const hevc = (await pool.probe(sample(/雨の灯台/), "video")).media;
    expect([hevc?.videoResolution, hevc?.videoFrameRate, hevc?.videoProfile]).toEqual(["1080", "24p", "main"]);
  });

  it("embedded covers are found, in films too, and left out when not asked for", async () => {
    const covers = await Promise.all(
      items.map(async ({ file, type }) => ({ file, ...(await pool.probe(inSamples(file), kindOf(type))) })),
    );
    const covered = covers.filter(({ picture }) => picture).map(({ file }) => file);
    // The hevc film's picture lies beside it.
    expect(covered).toEqual(items.filter((i) => i.hasPicture && !/雨の灯台/.test(i.file)).map(({ file }) => file));
    for (const { picture } of covers) {
      if (picture) expect([picture.mime, [...picture.bytes.subarray(0, 3)]]).toEqual(["image/jpeg", [255, 216, 255]]);
    }
    expect((await pool.probe(sample(/Flur/), "audio", { picture: false })).picture).toBeUndefined();
  });

  it("tags give what the names give", async () => {
    for (const { file } of items.filter(({ type }) => type === "track")) {
      const { tags } = await pool.probe(inSamples(file), "audio");
      const fromName = parseTrack(file.replace("Music/", ""));
      // A file's name cannot have a slash, and the samples' titles have none: both tell the same.
      expect(mergeTrackTags({ ...fromName, title: "", artist: "", album: "" }, tags)).toEqual({ ...fromName, disc: 1 });
      expect(tags?.genres).toEqual(["Invented"]);
    }
  });
});

describe("of what is no good file", () => {
  it("an empty file, a folder, a missing file and a pipe are told apart", async () => {
    await mkdir(join(folder, "folder.mkv"));
    const codes = async (path: string) => [
      (await pool.probe(path, "video")).error?.code,
      (await pool.probe(path, "audio")).error?.code,
    ];
    expect(await codes(await made("empty.mkv", ""))).toEqual(["REELAY_MEDIA_EMPTY", "REELAY_MEDIA_EMPTY"]);
    expect(await codes(join(folder, "folder.mkv"))).toEqual(Array(2).fill("REELAY_MEDIA_UNREADABLE"));
    expect(await codes(join(folder, "missing.mkv"))).toEqual(Array(2).fill("REELAY_MEDIA_VANISHED"));
    execFileSync("mkfifo", [join(folder, "pipe.mkv")]);
    expect(await codes(join(folder, "pipe.mkv"))).toEqual(Array(2).fill("REELAY_MEDIA_UNREADABLE"));
    expect((await pool.probe(join(folder, "missing.mkv"), "video")).fingerprint).toBeUndefined();
    expect((await pool.probe(join(folder, "empty.mkv"), "video")).fingerprint?.size).toBe(0);
  });

  it("a name that is not UTF-8 is read by its bytes", async () => {
    for (const [pattern, kind] of [
      [/Flur/, "audio"],
      [/雨の灯台/, "video"],
    ] as const) {
      const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xfc, 0xdf, 0xff])]);
      await writeFile(path, await readFile(sample(pattern)));
      const { media, error } = await pool.probe(path, kind);
      expect([media?.streams.length, error]).toEqual([kind === "audio" ? 1 : 2, undefined]);
    }
  });

  it.each([
    ["EACCES", "REELAY_MEDIA_DENIED"],
    ["EPERM", "REELAY_MEDIA_DENIED"],
    ["ENOENT", "REELAY_MEDIA_VANISHED"],
    ["ENOTDIR", "REELAY_MEDIA_VANISHED"],
    ["EIO", "REELAY_MEDIA_UNREADABLE"],
  ])("%s means %s", (code, expected) => expect(errorOf(Object.assign(new Error("x"), { code })).code).toBe(expected));

  it("a file that may not be read is told as denied", async () => {
    const path = join(folder, "denied.mkv");
    await writeFile(path, "x", { mode: 0 });
    await chmod(folder, 0o755);
    await pool.probe(path, "video"); // So that the worker runs before its own files cannot be read any more.
    const result = await asSomebodyElse(() => pool.probe(path, "video"));
    expect(result.error?.code).toBe("REELAY_MEDIA_DENIED");
  });

  it.each([
    [/Mühle/, "video"],
    [/Cartographer/, "video"],
    [/Brackish/, "audio"],
    [/Flur/, "audio"],
  ] as const)("%s cut anywhere gives facts or an error, never neither", async (pattern, kind) => {
    const whole = await readFile(sample(pattern));
    const lengths = [1, 2, 3, 7, 64, 300, 1000, 4000, 10_000, Math.floor(whole.length / 2), whole.length - 1];
    for (const length of lengths) {
      const result = await pool.probe(await made(`cut-${kind}-${length}`, whole.subarray(0, length)), kind);
      expect(Boolean(result.media) !== Boolean(result.error), `at ${length}`).toBe(true);
      expect(result.fingerprint?.size).toBe(length);
      if (length < 64) expect(result.error?.code).toBe("REELAY_MEDIA_UNREADABLE");
    }
    expect((await pool.probe(await made("cut-not", whole), kind)).error).toBeUndefined();
  });

  it("whatever the bytes, there is an answer, and the next good file is read", async () => {
    const starts = ["", "1a45dfa3", "0000002066747970", "494433", "664c6143", "4f676753", "52494646", "fffb9064"];
    const bytes = fc
      .tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 5000 }))
      .map(([start, rest]) => Buffer.concat([Buffer.from(start, "hex"), rest]));
    const kinds = fc.constantFrom("video" as const, "audio" as const);
    await fc.assert(
      fc.asyncProperty(bytes, kinds, async (content, kind) => {
        const result = await pool.probe(await made("fuzz.bin", content), kind);
        expect(Boolean(result.media) !== Boolean(result.error)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect((await pool.probe(sample(/Mühle/), "video")).media?.durationMs).toBe(4000);
  });

  it("a good file with random bytes changed gives an answer as well", async () => {
    const whole = await readFile(sample(/S01E01/));
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changed) bytes[at % 4 ? at % 2000 : at] = value;
        const result = await pool.probe(await made("changed.mkv", bytes), "video");
        expect(Boolean(result.media) !== Boolean(result.error)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the pool", () => {
  const workerUrl = new URL("./probe-worker.fixture.ts", import.meta.url);

  it("stops a worker that hangs, replaces one that dies, and reads all the others", async () => {
    await using troubled = new ProbePool({ workers: 2, timeoutMs: 3000, workerUrl });
    const film = await readFile(sample(/S01E01/));
    const names = ["a", "hang", "b", "exit", "c", "crash", "d", "hang2", "e"];
    const paths = await Promise.all(names.map((name) => made(`pool-${name}`, film)));
    const results = await Promise.all(paths.map((path) => troubled.probe(path, "video")));
    const told = results.map(({ media, error }) => error?.code ?? media?.container);
    const [hung, died] = ["REELAY_MEDIA_TIMEOUT", "REELAY_MEDIA_UNREADABLE"];
    expect(told).toEqual(["mkv", hung, "mkv", died, "mkv", died, "mkv", hung, "mkv"]);
    // The item is known again when it moves, broken or not.
    expect(new Set(results.map((result) => result.fingerprint?.head)).size).toBe(1);
  });

  it("has room for so many and no more, and room again when one is done", async () => {
    await using small = new ProbePool({ workers: 1, queueLimit: 2 });
    const path = sample(/S01E01/);
    const running = [1, 2, 3].map(() => small.probe(path, "video"));
    let ready = false;
    const room = small.ready().then(() => {
      ready = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ready).toBe(false);
    await Promise.all([room, running[0]]);
    await Promise.all(running);
  });

  it("does not blame a file for the late end of the one before", async () => {
    await using troubled = new ProbePool({ workers: 1, workerUrl });
    const late = await made("pool-late", await readFile(sample(/S01E01/)));
    for (let round = 0; round < 3; round++) {
      const results = [troubled.probe(late, "video")];
      for (let next = 0; next < 20; next++) results.push(troubled.probe(sample(/S01E02/), "video"));
      const errors = (await Promise.all(results)).map(({ error }) => error);
      expect(new Set(errors)).toEqual(new Set([undefined]));
    }
  });

  it("when closed, finishes what it reads, drops what waits, and takes nothing more", async () => {
    const closing = new ProbePool({ workers: 1 });
    const path = sample(/S01E01/);
    await closing.probe(path, "video");
    const [first, second] = [closing.probe(path, "video"), closing.probe(path, "video")];
    const dropped = second.catch((error: unknown) => error);
    await closing.close();
    expect((await first).media?.container).toBe("mkv");
    expect(await dropped).toBeInstanceOf(ProbePoolClosed);
    await expect(closing.probe(path, "video")).rejects.toThrow(ProbePoolClosed);
    await closing.ready();
  });

  it("when closed, does not wait for a probe that hangs, and says nothing about its file", async () => {
    const closing = new ProbePool({ workers: 1, workerUrl });
    const hanging = closing.probe(await made("pool-hang", "x"), "video").catch((error: unknown) => error);
    const start = performance.now();
    await closing.close();
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(await hanging).toBeInstanceOf(ProbePoolClosed);
  });
});
