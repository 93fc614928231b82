/**
 * The command line that grants the rights of a set, for the folders and hosts of this user.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { nameableFolder } from "../base/missing_right.ts";
import {
  HUB_HOSTS,
  PERMISSION_SETS,
  permissionFlags,
  type PermissionSet,
  type PermissionSetName,
} from "../config/permission_sets.ts";
import { DEFAULT_ENDPOINT } from "../config/settings.ts";
import { FolderSet } from "../download/folder_set.ts";
import { tokenPath, type TokenPlaces } from "../hub/token.ts";
import { CERTIFICATE_VARIABLE } from "../platform/certificates.ts";
import { fileFacts, realPlaceOf } from "../platform/directory.ts";
import type { Directories } from "../platform/dirs.ts";
import { ownCommand } from "../platform/own_command.ts";
import type { OperationContext } from "./context.ts";

/** How to start the program with no more rights than some work needs. */
export interface PermissionCommand {
  /** Its name, such as `pull`. */
  readonly set: PermissionSetName;
  /** Which commands it is enough for. */
  readonly commands: readonly string[];
  /** What stands before the command: `deno run`, its flags, and the program. */
  readonly argv: readonly string[];
  /** Variables that keep models and state where the set may write; those that are there already need none. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute folders that are granted and do not exist: Deno lets nobody make a folder whose parent is not granted. */
  readonly missingFolders: readonly string[];
  /** What could not be granted exactly, because flags of Deno's cannot name a path with a comma. */
  readonly wider: readonly WiderGrant[];
}

/** More than is needed. */
export interface WiderGrant {
  /** Absolute; what is needed. */
  readonly path: string;
  /** The folder above it that is granted; `undefined` for a local socket, in place of which every host is. */
  readonly granted: string | undefined;
}

/** What decides it. */
export interface PermissionHost {
  readonly settings: { readonly endpoint: string; readonly mirrors: readonly string[] };
  readonly directories: Pick<Directories, "config" | "state">;
  readonly context: Pick<OperationContext, "library" | "hfCache">;
  readonly tokenPlaces: TokenPlaces;
}

function findSet(name: string): PermissionSet {
  const set = PERMISSION_SETS.find((one) => one.name === name);
  if (set !== undefined) return set;
  throw new ModelManagerError("USAGE_ERROR", `There is no permission set "${name}"`, {
    hints: PERMISSION_SETS.map((one) => `For ${one.commands[0]}: mm doctor --permissions ${one.name}`),
  });
}

/** The Hub's files are on other hosts; other Hubs say where theirs are, when they are asked. */
function hostsOf({ endpoint, mirrors }: PermissionHost["settings"]): string[] {
  const addresses = [endpoint, ...mirrors];
  const hosts = addresses.filter((address) => address !== DEFAULT_ENDPOINT)
    .map((address) => new URL(address).host);
  return [...(addresses.includes(DEFAULT_ENDPOINT) ? HUB_HOSTS : []), ...hosts];
}

/** What Deno runs; a binary has its rights built in, and says how Deno would be told. */
function programWord(): string {
  const { isScript, args } = ownCommand();
  return (isScript ? args.at(-1) : undefined) ?? "jsr:@model-manager/mm";
}

/** Where models and state are, or have to be for a set that may write in one folder only. */
function writtenPlaces(
  { write }: PermissionSet,
  { context, directories }: Pick<PermissionHost, "context" | "directories">,
): { readonly modelsDir: string; readonly state: string; readonly variables: Record<string, string> } {
  const variables: Record<string, string> = {};
  const place = (path: string, { name, variable }: { readonly name: string; readonly variable: string }) => {
    if (write === "own" || new FolderSet([write]).contains(path)) return resolve(path);
    variables[variable] = `${write}/${name}`;
    return resolve(write, name);
  };
  const modelsDir = place(context.library.modelsDir, { name: "models", variable: "MM_MODELS_DIR" });
  const state = place(directories.state, { name: "state", variable: "MM_STATE_DIR" });
  return { modelsDir, state, variables };
}

/** Also where they really are: the program opens some files there, and Deno asks for the right to what is opened. */
async function withRealPlaces(paths: readonly string[]): Promise<string[]> {
  // Who may not look gets the flags for what is known.
  const real = await Promise.all(paths.map((path) => realPlaceOf(path).catch(() => path)));
  return [...new Set([...paths, ...real])];
}

function widerGrants(paths: readonly string[], sockets: readonly string[]): WiderGrant[] {
  return [
    ...paths.map((path) => ({ path, granted: nameableFolder(path) })),
    ...sockets.map((path) => ({ path, granted: undefined })),
  ].filter(({ path }) => path.includes(","));
}

/**
 * The command line for a set.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when there is no such set.
 */
export async function permissionCommand(name: string, host: PermissionHost): Promise<PermissionCommand> {
  const set = findSet(name);
  const { context, directories: { config }, settings, tokenPlaces } = host;
  const { modelsDir, state, variables } = writtenPlaces(set, host);
  const folders = [modelsDir, state, config, context.hfCache.directory];
  const own = [...folders, dirname(tokenPath(tokenPlaces))];
  // The demo has a library of its own there.
  if (set.commands.includes("demo")) own.push(tmpdir());
  const program = programWord();
  const certificates = tokenPlaces.environment[CERTIFICATE_VARIABLE] ?? "";
  const granted = new FolderSet(await withRealPlaces(own)).list;
  // Threads are loaded as files are read.
  const readOnly = await withRealPlaces([
    ...(isAbsolute(program) ? [dirname(program)] : []),
    ...(certificates === "" ? [] : [resolve(certificates)]),
  ]);
  const sockets = await withRealPlaces(
    ["daemon", "queue"].map((folder) => join(state, folder, "control.sock")),
  );
  const flags = permissionFlags(set, {
    folders: [".", ...granted],
    written: (await withRealPlaces([resolve(set.write)])).slice(1),
    readOnly,
    sockets,
    hosts: hostsOf(settings),
  });
  const written = set.write === "own" ? folders : [modelsDir, state];
  const isThere = await Promise.all(written.map(async (folder) => await fileFacts(folder) !== undefined));
  return {
    set: set.name,
    commands: set.commands,
    argv: ["deno", "run", ...flags, program],
    variables,
    missingFolders: written.filter((_folder, index) => isThere[index] === false),
    wider: widerGrants([...granted, ...readOnly], set.net.includes("local") ? sockets : []),
  };
}
