/**
 * A certificate for this machine, made for one run and worth nothing afterwards.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Paths of PEM files. */
export interface Certificate {
  /** Whom clients have to trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const EXTENSIONS = "subjectAltName=DNS:localhost,IP:127.0.0.1\n" +
  "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n";

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command("openssl", { args: [...args], cwd: folder, stdin: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/**
 * Makes an authority and a certificate of it for `localhost` and `127.0.0.1`.
 *
 * @throws {Error} Also when there is no `openssl`.
 */
export async function makeCertificate(folder: string): Promise<Certificate> {
  await writeFile(join(folder, "extensions"), EXTENSIONS);
  await openssl(folder, [
    ...["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", "/CN=mm bench authority"],
    ...["-addext", "keyUsage=critical,keyCertSign", "-keyout", "ca.key", "-out", "ca.pem"],
  ]);
  await openssl(folder, [
    ...["req", ...NEW_KEY, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
  ]);
  await openssl(folder, [
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-extfile", "extensions", "-out", "server.pem"],
  ]);
  return {
    caFile: join(folder, "ca.pem"),
    certFile: join(folder, "server.pem"),
    keyFile: join(folder, "server.key"),
  };
}
