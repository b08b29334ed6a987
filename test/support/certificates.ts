import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Files of a certificate and its key, as `--tls-cert` and `--tls-key` take them. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate for the host name that is signed by nobody else, made by openssl. */
export async function selfSigned(folder: string, hostName: string): Promise<CertificateFiles> {
  const [cert, key] = [join(folder, `${hostName}.pem`), join(folder, `${hostName}.key`)];
  const names = ["-subj", `/CN=${hostName}`, "-addext", `subjectAltName=DNS:${hostName}`];
  await run("openssl", ["req", "-x509", ...EC_KEY, "-keyout", key, "-out", cert, "-days", "2", ...names]);
  return { cert, key };
}

/** A certificate for the host name that an authority has signed, with that one behind it in its file. */
export async function signedBy(
  authority: CertificateFiles,
  folder: string,
  hostName: string,
): Promise<CertificateFiles> {
  const [cert, key, asked] = ["pem", "key", "csr"].map((kind) => join(folder, `${hostName}.${kind}`)) as [
    string,
    string,
    string,
  ];
  const extensions = join(folder, `${hostName}.ext`);
  await writeFile(
    extensions,
    `subjectAltName=DNS:${hostName}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`,
  );
  await run("openssl", ["req", "-new", ...EC_KEY, "-keyout", key, "-out", asked, "-subj", `/CN=${hostName}`]);
  const signing = ["-CA", authority.cert, "-CAkey", authority.key, "-CAcreateserial", "-days", "2"];
  await run("openssl", ["x509", "-req", "-in", asked, ...signing, "-extfile", extensions, "-out", cert]);
  await writeFile(cert, (await readFile(cert, "utf8")) + (await readFile(authority.cert, "utf8")));
  return { cert, key };
}
