import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ReelayError } from "../support/index.ts";

/** PEM files. The certificate's may hold the chain, the server's own one first. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  /** The server's own certificate as PEM, without its chain. */
  readonly certificate: string;
}

/** @throws REELAY_CONFIG_INVALID unless both can be read and belong together */
export function readTlsPair(files: TlsFiles): TlsPair {
  const cert = read("--tls-cert", files.cert);
  const key = read("--tls-key", files.key);
  const own = attempt(`--tls-cert: ${files.cert} holds no certificate in PEM form`, () => new X509Certificate(cert));
  const privateKey = attempt(`--tls-key: ${files.key} holds no private key in PEM form, or an encrypted one`, () =>
    createPrivateKey(key),
  );
  if (!own.checkPrivateKey(privateKey)) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `--tls-key: ${files.key} is not the key of ${files.cert}.`);
  }
  // What is left are chains and keys that OpenSSL holds for too weak.
  attempt("--tls-cert, --tls-key: they cannot be used", () => createSecureContext({ cert, key }));
  return { cert, key, certificate: own.toString() };
}

function read(flag: string, path: string): string {
  return attempt(`${flag}: ${path} cannot be read`, () => readFileSync(path, "utf8"));
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ReelayError("REELAY_CONFIG_INVALID", `${what}: ${(error as Error).message}.`, { cause: error });
  }
}
