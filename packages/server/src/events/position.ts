/** A place in the log: in which history (epoch), and how far. The text form `<epoch>-<seq>` is opaque to clients. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

const form = /^([0-9a-f]{16})-(0|[1-9]\d{0,15})$/;

export function formatPosition(epoch: string, seq: number): string {
  return `${epoch}-${seq}`;
}

/** @returns undefined for a text that is no position of any Reelay. */
export function parsePosition(text: string): Position | undefined {
  const [, epoch, digits] = form.exec(text) ?? [];
  if (epoch === undefined || digits === undefined) return undefined;
  const seq = Number(digits);
  return Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}
