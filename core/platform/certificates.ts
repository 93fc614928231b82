/**
 * Certificate authorities that a variable names and the runtime does not read by itself.
 *
 * @module
 */
import { allowFlag, missingRight } from "../base/missing_right.ts";

/** What other programs read; the runtime does so only together with `DENO_TLS_CA_STORE=system`. */
export const CERTIFICATE_VARIABLE = "SSL_CERT_FILE";

/** The variables that are read here. */
export const CERTIFICATE_ENVIRONMENT: readonly string[] = [CERTIFICATE_VARIABLE];

/** Authorities besides those that the runtime trusts. */
export interface Authorities {
  /** Certificates as PEM, to be trusted as well. */
  readonly certificates: readonly string[];
  /** What a person should know when the file is of no use. */
  readonly warnings: readonly string[];
}

function unusable(problem: string): Authorities {
  return {
    certificates: [],
    warnings: [`The certificates in the variable ${CERTIFICATE_VARIABLE} are not used: ${problem}`],
  };
}

/** Reads the file that the variable names; a file that cannot be used is no reason not to go on. */
export function readAuthorities(variables: Readonly<Record<string, string | undefined>>): Authorities {
  const path = variables[CERTIFICATE_VARIABLE] ?? "";
  if (path === "") return { certificates: [], warnings: [] };
  try {
    const text = Deno.readTextFileSync(path);
    if (!text.includes("-----BEGIN CERTIFICATE-----")) return unusable(`"${path}" is no PEM file`);
    // Fails where the certificates cannot be read.
    Deno.createHttpClient({ caCerts: [text] }).close();
    return { certificates: [text], warnings: [] };
  } catch (error) {
    if (missingRight(error) !== undefined) {
      return unusable(
        `"${path}" may not be read; add the flag ${allowFlag({ kind: "read", scope: path })} to deno run`,
      );
    }
    const isMissing = error instanceof Deno.errors.NotFound;
    return unusable(isMissing ? `"${path}" does not exist` : `"${path}" cannot be read`);
  }
}

/** The runtime's `fetch`, which trusts these certificates as well. */
export function trustingFetch(certificates: readonly string[]): typeof fetch {
  if (certificates.length === 0) return fetch;
  const client = Deno.createHttpClient({ caCerts: [...certificates] });
  return (input, init) => fetch(input, { ...init, client });
}
