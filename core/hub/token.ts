/**
 * The access token, found and kept where the Hub's own tools find and keep it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";

/** What decides where the token is. */
export interface TokenPlaces {
  /** Environment variables by name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly home: string;
}

/** A token and where it came from. */
export interface DiscoveredToken {
  readonly token: string;
  /** The name of a variable, such as `HF_TOKEN`, or the path of a file. */
  readonly source: string;
}

const TOKEN_VARIABLES = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] as const;

/** A variable as the Hub's tools read switches. */
function isOn(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes(value?.toUpperCase() ?? "");
}

/** `~`, `$NAME` and `${NAME}` expanded; unknown names stay as they are. */
function expandPath(path: string, { environment, home }: TokenPlaces): string {
  const atHome = path === "~" || /^~[/\\]/.test(path) ? `${home}${path.slice(1)}` : path;
  return atHome.replace(
    /\$(?:\{([^}]+)\}|(\w+))/g,
    (whole, braced, bare) => environment[braced ?? bare] ?? whole,
  );
}

/** The token without the white space around it and without line ends; `undefined` when nothing is left. */
function cleanToken(text: string | undefined): string | undefined {
  const token = text?.replace(/[\r\n]/g, "").trim() ?? "";
  return token === "" ? undefined : token;
}

/** @throws {ModelManagerError} `AUTHENTICATION_ERROR`; the text is not repeated, it may be most of a token. */
function checkToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ModelManagerError(
    "AUTHENTICATION_ERROR",
    `The token from "${source}" ${token === "" ? "is empty" : "has characters that no token has"}`,
    { hints: ["Store the token again: mm login", "If HF_TOKEN is set, correct it or unset it"] },
  );
}

/** Path of the token file: `HF_TOKEN_PATH`, else `token` in `HF_HOME`, else in the cache directory. */
export function tokenPath(places: TokenPlaces): string {
  const { environment, home } = places;
  const set = (name: string): string | undefined => environment[name] || undefined;
  const cacheHome = set("XDG_CACHE_HOME") ?? join(home, ".cache");
  const hubHome = expandPath(set("HF_HOME") ?? join(cacheHome, "huggingface"), places);
  return expandPath(set("HF_TOKEN_PATH") ?? join(hubHome, "token"), places);
}

/**
 * The token to send unasked: `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, then the token file.
 *
 * @returns `undefined` when there is none, or `HF_HUB_DISABLE_IMPLICIT_TOKEN` is on.
 * @throws {ModelManagerError} `PERMISSION_ERROR` when the file cannot be read, `AUTHENTICATION_ERROR` when what is
 * found cannot be a token.
 */
export async function discoverToken(places: TokenPlaces): Promise<DiscoveredToken | undefined> {
  const { environment } = places;
  if (isOn(environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  for (const source of TOKEN_VARIABLES) {
    const token = cleanToken(environment[source]);
    if (token !== undefined) return { token: checkToken(token, source), source };
  }
  const path = tokenPath(places);
  const token = cleanToken(await readTextFileIfExists(path));
  return token === undefined ? undefined : { token: checkToken(token, path), source: path };
}

/**
 * Keeps a token in the token file: mode 0600, a new folder 0700, replaced in one step.
 *
 * @returns the file's path.
 * @throws {ModelManagerError} `AUTHENTICATION_ERROR` when the text cannot be a token; `PERMISSION_ERROR` and the
 * like when the file cannot be written.
 */
export async function storeToken(text: string, places: TokenPlaces): Promise<string> {
  const token = checkToken(cleanToken(text) ?? "", "the input");
  const path = tokenPath(places);
  await makeDirectory(dirname(path), { mode: 0o700 });
  await writeFileAtomic(path, token, { mode: 0o600 });
  return path;
}

/**
 * Deletes the token file.
 *
 * @returns whether there was one.
 * @throws {ModelManagerError} `PERMISSION_ERROR` when it cannot be deleted.
 */
export function removeToken(places: TokenPlaces): Promise<boolean> {
  return removeFile(tokenPath(places));
}
