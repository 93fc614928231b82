/**
 * The one table of environment variables.
 *
 * @module
 */
import { isTruthy, type PathContext } from "./setting_kinds.ts";
import { readSetting } from "./setting_fields.ts";
import type { SettingPath, SettingValue } from "./settings.ts";
import type { SettingLayer } from "./resolve_settings.ts";

/** An environment variable that the program reads. */
export interface EnvironmentVariable {
  readonly name: string;
  /**
   * `ours`, of the `older` tools that this program replaces, of the `hub`'s tools, a common `convention`, or what tells
   * of the `terminal`: nothing of that is for who uses the library.
   */
  readonly group: "ours" | "older" | "hub" | "convention" | "terminal";
  readonly description: string;
  /** The setting it sets. */
  readonly setting?: SettingPath;
  /** Nobody reads it yet; the documentation says so. @default {false} */
  readonly idle?: true;
}

/** Every variable, the stronger of two that set the same first. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: "MM_CONFIG", group: "ours", description: "Configuration file to use instead of the user's own" },
  { name: "MM_MODELS_DIR", group: "ours", description: "Where models are kept", setting: "models_dir" },
  { name: "MM_STATE_DIR", group: "ours", description: "Where history, queue and logs are kept" },
  {
    name: "MM_LOG_LEVEL",
    group: "ours",
    description: "The least severe messages that are logged",
    setting: "log.level",
  },
  {
    name: "MM_CONNECTIONS",
    group: "ours",
    description: "Connections of one job, 1 to 16",
    setting: "download.connections",
  },
  {
    name: "MM_MAX_CONCURRENT",
    group: "ours",
    description: "Jobs at once",
    setting: "download.max_concurrent",
  },
  {
    name: "MM_LIMIT_RATE",
    group: "ours",
    description: "Bytes a second over everything, such as 20M; 0 or off for no limit; or a timetable of them",
    setting: "download.limit_rate",
  },
  {
    name: "MM_REUSE",
    group: "ours",
    description: "What is elsewhere on this machine: link, copy (from other disks as well) or off",
    setting: "download.reuse",
  },
  {
    name: "MM_HISTORY_KEEP_DAYS",
    group: "ours",
    description: "Days after which records of the history are deleted; 0 keeps them for ever",
    setting: "history.keep_days",
  },
  {
    name: "MM_THEME",
    group: "ours",
    description: "Colors of the terminal UI: dark, light or high-contrast",
    setting: "ui.theme",
  },
  {
    name: "MM_SERVE_TOKEN",
    group: "ours",
    description: "Access token of mm serve, as --access-token, but not to be seen in the list of processes",
  },
  {
    name: "MM_KV_URL",
    group: "ours",
    description:
      "A Deno KV Connect server that holds the state. Machines that share it share the queue: files go " +
      "to the one that takes the job",
  },

  {
    name: "HF_DOWNLOADER_CONFIG_PATH",
    group: "older",
    description: "Configuration file, when MM_CONFIG is not set",
  },
  {
    name: "HF_DOWNLOADER_LOG_LEVEL",
    group: "older",
    description: "The least severe messages that are logged",
    setting: "log.level",
  },
  {
    name: "HF_DOWNLOADER_DOWNLOAD_DIR",
    group: "older",
    description: "Where models are kept",
    setting: "models_dir",
  },
  {
    name: "HF_DOWNLOADER_DB_PATH",
    group: "older",
    description: "An absolute path: the state is kept in its folder, when MM_STATE_DIR is not set",
  },
  {
    name: "HF_DOWNLOADER_PID_FILE",
    group: "older",
    description: "A file that the daemon writes its process id into, for other programs",
  },
  {
    name: "HF_DOWNLOADER_FOREGROUND",
    group: "older",
    description: "mm start stays in the foreground, as with --foreground",
  },
  {
    name: "HF_DOWNLOADER_TIMEOUT",
    group: "older",
    description: "Seconds without progress after which a file has failed",
    setting: "download.timeout",
  },
  {
    name: "HF_DOWNLOADER_MAX_RETRIES",
    group: "older",
    description: "Attempts after a failure",
    setting: "download.max_retries",
  },
  {
    name: "HF_DOWNLOADER_CONCURRENT_DOWNLOADS",
    group: "older",
    description: "Jobs at once",
    setting: "download.max_concurrent",
  },

  { name: "HF_ENDPOINT", group: "hub", description: "The Hub's address", setting: "endpoint" },
  { name: "HF_TOKEN", group: "hub", description: "Access token" },
  {
    name: "HUGGING_FACE_HUB_TOKEN",
    group: "hub",
    description: "Access token, when HF_TOKEN is not set",
  },
  { name: "HF_TOKEN_PATH", group: "hub", description: "The file with the stored token" },
  { name: "HF_HUB_DISABLE_IMPLICIT_TOKEN", group: "hub", description: "Use a token only when it is given" },
  { name: "HF_HOME", group: "hub", description: "The directory of the Hub's own tools" },
  { name: "HF_HUB_CACHE", group: "hub", description: "The cache of the Hub's own tools" },
  {
    name: "HUGGINGFACE_HUB_CACHE",
    group: "hub",
    description: "The cache of the Hub's own tools, when HF_HUB_CACHE is not set",
  },
  {
    name: "HF_HUB_DISABLE_SYMLINKS",
    group: "hub",
    description: "Real files instead of links in the cache of the Hub's own tools",
  },
  { name: "HF_HUB_OFFLINE", group: "hub", description: "Use no network, as --offline" },
  { name: "TRANSFORMERS_OFFLINE", group: "hub", description: "Use no network, as --offline" },
  {
    name: "HF_HUB_DOWNLOAD_TIMEOUT",
    group: "hub",
    description: "Seconds without a byte after which a connection is replaced",
    setting: "download.stall_timeout",
  },
  { name: "HF_HUB_DISABLE_PROGRESS_BARS", group: "hub", description: "No progress bars, as --no-progress" },

  {
    name: "OLLAMA_MODELS",
    group: "convention",
    description: "Where Ollama keeps its models, for import and link",
  },
  {
    name: "OLLAMA_HOST",
    group: "convention",
    description: "The address of Ollama's own API, which mm link tells of a new model when it answers",
  },
  { name: "VISUAL", group: "convention", description: "Editor of mm config edit" },
  { name: "EDITOR", group: "convention", description: "Editor of mm config edit, when VISUAL is not set" },
  { name: "CI", group: "convention", description: "No update checks in the background, when set" },
  { name: "NO_COLOR", group: "convention", description: "No color, when set to anything" },
  {
    name: "ALL_PROXY",
    group: "convention",
    description:
      "Proxy for all requests, before the two below: http://, https://, socks5:// or socks5h:// and a host",
  },
  {
    name: "HTTPS_PROXY",
    group: "convention",
    description: "Proxy for https requests; lower case works, too",
  },
  { name: "HTTP_PROXY", group: "convention", description: "Proxy for http requests; lower case works, too" },
  {
    name: "NO_PROXY",
    group: "convention",
    description: "Hosts that are asked without a proxy: names with all below them, addresses, networks, or *",
  },
  {
    name: "DENO_CERT",
    group: "convention",
    description: "PEM file of certificate authorities that are trusted as well",
  },
  {
    name: "NODE_EXTRA_CA_CERTS",
    group: "convention",
    description: "PEM file of certificate authorities that are trusted as well; beside DENO_CERT",
  },
  {
    name: "DENO_TLS_CA_STORE",
    group: "convention",
    description: "Certificate authorities to trust: mozilla (the default), system, or both with a comma",
  },
  {
    name: "SSL_CERT_FILE",
    group: "convention",
    description: "PEM file of certificate authorities that are trusted as well",
  },
  { name: "XDG_CONFIG_HOME", group: "convention", description: "Where configuration directories are" },
  { name: "XDG_STATE_HOME", group: "convention", description: "Where state directories are" },
  { name: "XDG_CACHE_HOME", group: "convention", description: "Where cache directories are" },
  {
    name: "LC_ALL",
    group: "terminal",
    description: "The locale: without UTF-8 in it, such as C, output is ASCII only",
  },
  { name: "LC_CTYPE", group: "terminal", description: "The same, when LC_ALL is not set" },
  { name: "LANG", group: "terminal", description: "The same, when neither of the two is set" },
  {
    name: "TERM",
    group: "terminal",
    description: "What the terminal can do: dumb has no color, and no bars",
  },
  { name: "COLORTERM", group: "terminal", description: "How many colors it has: truecolor or 24bit for all" },
  {
    name: "TERM_PROGRAM",
    group: "terminal",
    description: "Which one it is: some have more colors than TERM says",
  },
  {
    name: "WT_SESSION",
    group: "terminal",
    description: "That it is Windows Terminal, which has colors and Unicode",
  },
];

/** The environment, as far as the program may look at it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings that variables set, and what is wrong with others. An empty variable counts as not set.
 */
export function settingsFromEnvironment(
  environment: Environment,
  context: PathContext,
): { readonly layer: SettingLayer; readonly problems: readonly string[] } {
  const layer = new Map<
    SettingPath,
    { value: SettingValue; origin: { source: "environment"; name: string } }
  >();
  const problems: string[] = [];
  for (const { name, setting } of ENVIRONMENT_VARIABLES) {
    const text = environment[name]?.trim() ?? "";
    if (setting === undefined || text === "" || layer.has(setting)) continue;
    const read = readSetting(setting, text, context);
    if ("problem" in read) problems.push(`The variable ${name} ${read.problem}`);
    else layer.set(setting, { value: read.value, origin: { source: "environment", name } });
  }
  return { layer, problems };
}

/** The configuration file that a variable names, with the variable's name. */
export function configFileFromEnvironment(
  environment: Environment,
): { readonly path: string; readonly name: string } | undefined {
  for (const name of ["MM_CONFIG", "HF_DOWNLOADER_CONFIG_PATH"]) {
    const path = environment[name]?.trim() ?? "";
    if (path !== "") return { path, name };
  }
  return undefined;
}

/** Whether variables forbid the network. */
export function isOfflineEnvironment(environment: Environment): boolean {
  return isTruthy(environment["HF_HUB_OFFLINE"]) || isTruthy(environment["TRANSFORMERS_OFFLINE"]);
}

/** The variables that set a setting, the strongest first. */
export function variablesOf(setting: SettingPath): readonly string[] {
  return ENVIRONMENT_VARIABLES.filter((variable) => variable.setting === setting).map(({ name }) => name);
}
