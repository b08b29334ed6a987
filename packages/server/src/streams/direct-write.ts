import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * What Node's sockets themselves write with; not documented, so it is looked at before it is used, and where it is not
 * as expected, streams are written in the documented way.
 */
interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  /** Of the last write, by index. */
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

/** Belongs to a write only if the kernel did not take all of it at once. */
interface WriteRequest {
  handle?: Handle;
  buffer?: Uint8Array;
  oncomplete?: (status: number) => void;
}

interface Handle {
  /** @returns 0, or the number of an error */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

/** Who wrote, and is told when a write that was under way is over. */
interface Writer {
  written(): void;
}

const binding = streamBinding();
/** The same for all writes that the kernel takes at once: making one for each costs a tenth of sending an event to a socket. */
let request = binding === undefined ? undefined : new binding.WriteWrap();

/** Whether {@link writeDirectly} may be used on this socket. */
export function canWriteDirectly(socket: Socket): boolean {
  return binding !== undefined && !(socket instanceof TLSSocket);
}

/**
 * Writes past the socket's stream, whose bookkeeping costs a fifth of sending an event. Only while nothing is queued there,
 * so bytes keep their order; what the kernel does not take at once is in front of what the stream is given later.
 * @returns `refused` where it cannot be done now and nothing was written; `under way` when `writer` will be told
 */
export function writeDirectly(socket: Socket, bytes: Buffer, writer: Writer): "written" | "under way" | "refused" {
  const handle = (socket as { readonly _handle?: Handle | null })._handle;
  if (binding === undefined || request === undefined || handle === undefined || handle === null) return "refused";
  if (socket.writableLength > 0 || !socket.writable || socket.connecting) return "refused";
  if (handle.writeBuffer(request, bytes) !== 0) {
    // As the stream does when a write fails.
    socket.destroy();
    return "written";
  }
  if (binding.streamBaseState[binding.kLastWriteWasAsync] === 0) return "written";
  const pending = request;
  request = new binding.WriteWrap();
  pending.handle = handle;
  pending.buffer = bytes;
  pending.oncomplete = (status) => {
    writer.written();
    if (status < 0) socket.destroy();
  };
  return "under way";
}

function streamBinding(): StreamBinding | undefined {
  const { binding } = process as { readonly binding?: (name: string) => Partial<StreamBinding> };
  try {
    const found = binding?.call(process, "stream_wrap");
    if (typeof found?.WriteWrap !== "function" || !(found.streamBaseState instanceof Int32Array)) return undefined;
    return typeof found.kLastWriteWasAsync === "number" ? (found as StreamBinding) : undefined;
  } catch {
    // A Node without it, or one that was told to forbid it.
    return undefined;
  }
}
