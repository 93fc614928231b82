/**
 * Where things live on this machine, by the customs of its system.
 *
 * @module
 */
import { posix, win32 } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { missingRightHints, missingRightMessage } from "../base/missing_right.ts";
import type { OperatingSystem } from "./environment.ts";

/** Absolute paths; none of them need exist yet. */
export interface Directories {
  readonly home: string;
  /** Settings. */
  readonly config: string;
  /** History, queue, API cache. */
  readonly state: string;
  /** What can be had again. */
  readonly cache: string;
  readonly logs: string;
  /** The models directory when no setting names one. */
  readonly modelsDefault: string;
}

/** What the directories depend on besides variables. */
export interface DirectoryOptions {
  readonly os: OperatingSystem;
  /** The home folder. @default `HOME`, on Windows `USERPROFILE` */
  readonly home?: string | undefined;
  /** Variables that the process may not read, by `readEnvironment()`. @default none */
  readonly refused?: readonly string[];
}

const NAME = "model-manager";

type Variables = Readonly<Record<string, string | undefined>>;

function requireHome(variables: Variables, options: DirectoryOptions): string {
  const home = options.home ?? variables[options.os === "windows" ? "USERPROFILE" : "HOME"] ?? "";
  if (home !== "") return home;
  const name = options.os === "windows" ? "USERPROFILE" : "HOME";
  if (options.refused?.includes(name) === true) {
    const right = { kind: "env", scope: name } as const;
    throw new ModelManagerError("PERMISSION_ERROR", missingRightMessage(right), {
      hints: missingRightHints(right),
    });
  }
  throw new ModelManagerError("CONFIG_INVALID", `Cannot find the home folder: ${name} is not set`, {
    hints: [
      options.os === "windows"
        ? `Set it: $env:${name} = "C:\\Users\\you"`
        : `Set it: export ${name}=/path/to/your/home`,
    ],
  });
}

interface Bases {
  readonly config: string;
  readonly state: string;
  readonly cache: string;
}

function windowsBases(variables: Variables, home: string): Bases {
  const roaming = variables.APPDATA || win32.join(home, "AppData", "Roaming");
  const local = variables.LOCALAPPDATA || win32.join(home, "AppData", "Local");
  return {
    config: win32.join(roaming, NAME),
    state: win32.join(local, NAME, "state"),
    cache: win32.join(local, NAME, "cache"),
  };
}

function unixBases(variables: Variables, home: string, options: { readonly mac: boolean }): Bases {
  // The XDG rules say that a relative path has to be ignored.
  const xdg = (name: string, fallback: string): string => {
    const value = variables[name] ?? "";
    return value.startsWith("/") ? posix.join(value, NAME) : posix.join(home, fallback);
  };
  const support = `Library/Application Support/${NAME}`;
  return options.mac
    ? {
      config: xdg("XDG_CONFIG_HOME", support),
      state: xdg("XDG_STATE_HOME", `${support}/state`),
      cache: xdg("XDG_CACHE_HOME", `Library/Caches/${NAME}`),
    }
    : {
      config: xdg("XDG_CONFIG_HOME", `.config/${NAME}`),
      state: xdg("XDG_STATE_HOME", `.local/state/${NAME}`),
      cache: xdg("XDG_CACHE_HOME", `.cache/${NAME}`),
    };
}

/**
 * The directory of state that a variable names. The older tool named the file of its database: beside it is where its
 * user wants such things to be, but the file itself is not ours.
 */
function namedStateDirectory(
  variables: Variables,
  home: string,
  options: DirectoryOptions,
): string | undefined {
  const { dirname, isAbsolute } = options.os === "windows" ? win32 : posix;
  const expand = (path: string): string => path.replace(/^~(?=$|[\\/])/, () => home);
  const own = variables.MM_STATE_DIR ?? "";
  if (own !== "") return expand(own);
  const database = expand(variables.HF_DOWNLOADER_DB_PATH ?? "");
  return isAbsolute(database) ? dirname(database) : undefined;
}

/**
 * The directories that variables and system name; pure. `MM_STATE_DIR` decides on state and logs, or else an absolute
 * `HF_DOWNLOADER_DB_PATH`; `~/` in them is the home folder.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when there is no home folder, `PERMISSION_ERROR` when it cannot be known.
 */
export function resolveDirectories(variables: Variables, options: DirectoryOptions): Directories {
  const home = requireHome(variables, options);
  const { join } = options.os === "windows" ? win32 : posix;
  const bases = options.os === "windows"
    ? windowsBases(variables, home)
    : unixBases(variables, home, { mac: options.os === "darwin" });
  const state = namedStateDirectory(variables, home, options) ?? bases.state;
  return {
    home,
    config: bases.config,
    state,
    cache: bases.cache,
    logs: join(state, "logs"),
    modelsDefault: join(home, "models"),
  };
}
