/**
 * What a service manager has to know of the daemon.
 *
 * @module
 */
import { isAbsolute, resolve } from "node:path";
import { ENVIRONMENT_VARIABLES } from "../../config/mod.ts";
import { redactText } from "../../base/redact.ts";

/** The daemon as a service. */
export interface ServiceSpec {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Where it is started: what relative paths are relative to. Absolute. */
  readonly workingDirectory: string;
  /** Variables without which it would find other settings than the person who installs it. No secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that it writes to; an installation makes them. Absolute. */
  readonly writable: readonly string[];
  /** Folders that it may write to when they are there: absolute. */
  readonly writableIfThere: readonly string[];
  /** Name of the user that it runs as. */
  readonly user: string;
}

/** A service manager that we know. */
export type ServiceKind = "systemd" | "launchd" | "windows";
/** Every {@link ServiceKind}. */
export const SERVICE_KINDS: readonly ServiceKind[] = ["systemd", "launchd", "windows"];

/** The service manager of a system. */
export function serviceKindOf(os: string): ServiceKind {
  return os === "windows" ? "windows" : os === "darwin" ? "launchd" : "systemd";
}

/** Variables that hold secrets, or are about the terminal of the moment only. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "HF_TOKEN",
  "HUGGING_FACE_HUB_TOKEN",
  "CI",
  "NO_COLOR",
  "HF_DOWNLOADER_FOREGROUND",
  "HF_HUB_DISABLE_PROGRESS_BARS",
]);

/** Variables that are paths, and may be relative to where the person is. */
const PATHS: ReadonlySet<string> = new Set([
  "MM_CONFIG",
  "MM_MODELS_DIR",
  "MM_STATE_DIR",
  "HF_DOWNLOADER_CONFIG_PATH",
  "HF_DOWNLOADER_DOWNLOAD_DIR",
  "HF_DOWNLOADER_PID_FILE",
  "HF_HOME",
  "HF_HUB_CACHE",
  "HF_TOKEN_PATH",
  "DENO_DIR",
]);

/** The same place from everywhere; `~` is the home folder anyhow. */
export function toAbsolute(path: string, workingDirectory: string): string {
  return path.startsWith("~") || isAbsolute(path) ? path : resolve(workingDirectory, path);
}

function hasCredentials(value: string): boolean {
  // Without a scheme, what stands before the colon is taken for one.
  if (redactText(value) !== value || /^[^/@\s]+:[^/@\s]+@/.test(value)) return true;
  if (!URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username !== "" || password !== "";
}

/** The variables for a service, and the names of those that are left out because they hold secrets. */
export function serviceEnvironment(
  environment: Readonly<Record<string, string>>,
  workingDirectory: string,
): { readonly variables: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const variables: Record<string, string> = {};
  const secrets: string[] = [];
  const names = [...ENVIRONMENT_VARIABLES.map(({ name }) => name), "DENO_DIR"];
  for (const name of names) {
    const value = environment[name] ?? environment[name.toLowerCase()] ?? "";
    if (value === "") continue;
    const isToken = name === "HF_TOKEN" || name === "HUGGING_FACE_HUB_TOKEN";
    if (isToken || hasCredentials(value)) secrets.push(name);
    else if (!LEFT_OUT.has(name)) {
      variables[name] = PATHS.has(name) ? toAbsolute(value, workingDirectory) : value;
    }
  }
  return { variables, secrets };
}

/** Folders, each once; those inside of others are not named again. */
export function outermost(folders: readonly string[]): readonly string[] {
  const all = [...new Set(folders.filter((folder) => isAbsolute(folder)))];
  return all.filter((folder) =>
    !all.some((other) => other !== folder && folder.startsWith(other.replace(/[\\/]*$/, "") + "/"))
  );
}
