import { ReelayProcess } from "./reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

export interface SampleServer extends AsyncDisposable {
  readonly server: ReelayProcess;
  readonly folder: TemporaryFolder;
}

/** A first `npm start` on the sample library, its first scan done. */
export async function sampleServer(): Promise<SampleServer> {
  const folder = await temporaryFolder("samples");
  const server = await ReelayProcess.start({ dataDir: folder.path, media: "samples" });
  await server.scanned();
  return {
    server,
    folder,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
