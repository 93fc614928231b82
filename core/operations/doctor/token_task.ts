/**
 * Finds the token that would be sent, with what it takes.
 *
 * @module
 */
import { dirname } from "node:path";
import { discoverToken, tokenPath, type TokenPlaces } from "../../hub/token.ts";
import { fileMode } from "../../platform/file_mode.ts";
import type { DoctorHost } from "./host.ts";
import type { CheckTask } from "./run_checks.ts";
import { checkTokenPlace, type TokenFacts } from "./token_checks.ts";

/** Where a token is looked for. */
export function tokenPlaces({ environment, directories }: DoctorHost): TokenPlaces {
  return { environment, home: directories.home };
}

/** Where the token is that would be sent. */
export async function tokenFacts(
  host: DoctorHost,
): Promise<TokenFacts & { readonly token: string } | undefined> {
  if (host.token !== undefined) {
    return { token: host.token, source: "--token", file: undefined, mode: undefined };
  }
  const found = await discoverToken(tokenPlaces(host));
  if (found === undefined) return undefined;
  const path = tokenPath(tokenPlaces(host));
  if (found.source !== path) return { ...found, file: undefined, mode: undefined };
  return { ...found, file: path, mode: await fileMode(path) };
}

/** The token's place. */
export function tokenTask(host: DoctorHost): CheckTask {
  const path = tokenPath(tokenPlaces(host));
  return {
    id: "token",
    group: "network",
    title: "token",
    needs: [{ name: "read", scope: dirname(path) }],
    run: async () => checkTokenPlace(await tokenFacts(host)),
  };
}
