/**
 * What the process is told from outside: variables, machine, identity.
 *
 * @module
 */
import { mayRead } from "./own_permissions.ts";

/** Operating systems that we treat differently. */
export type OperatingSystem = typeof Deno.build.os;

/** The environment of the process, read once. */
export interface Environment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the directories that the process may not read: they may be set or not. */
  readonly refused: readonly string[];
  readonly os: OperatingSystem;
  /** `unknown` when the process may not ask. */
  readonly hostname: string;
  readonly pid: number;
  /** Different after each start of the machine; `undefined` where the system does not tell. */
  readonly bootId: string | undefined;
}

function granted(variable?: string): boolean {
  const descriptor = variable === undefined ? { name: "env" } as const : { name: "env", variable } as const;
  return Deno.permissions.querySync(descriptor).state === "granted";
}

function readVariables(names: readonly string[]): Record<string, string> {
  return granted() ? Deno.env.toObject() : variablesOf(names);
}

/** Those of the variables that are set. Never asks: what the process may not read counts as not set. */
export function variablesOf(names: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of names) {
    const value = granted(name) ? Deno.env.get(name) : undefined;
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

const PROXY_VARIABLES = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"];

/**
 * Makes `NO_PROXY=*` mean every host, as it does elsewhere: the runtime takes the star for names only and asks its proxy
 * for addresses. The variables of the proxies are dropped, so that threads and programs started from now on do
 * without them, too.
 */
export function applyNoProxy(): void {
  if (!granted()) return;
  const exceptions = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
  if (!exceptions.split(",").some((entry) => entry.trim() === "*")) return;
  for (const name of PROXY_VARIABLES) {
    Deno.env.delete(name);
    Deno.env.delete(name.toLowerCase());
  }
}

/** The machine's name, or `unknown` when the process may not ask. Nobody is asked for that right. */
export function hostname(): string {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : "unknown";
}

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Identifies the time since the machine was started, where the system tells (Linux). */
export function bootId(): string | undefined {
  // Nobody is asked for the right on a terminal: it is not worth a question.
  if (Deno.build.os !== "linux" || !mayRead(BOOT_ID)) return undefined;
  try {
    const text = Deno.readTextFileSync(BOOT_ID).trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Variables that the directories depend on. */
const DIRECTORY_VARIABLES = [
  "HOME",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_CACHE_HOME",
  "MM_STATE_DIR",
  "HF_DOWNLOADER_DB_PATH",
];

/**
 * Reads the environment of the process.
 *
 * @param options.names Variables to read one by one when the process may not read them all
 * (`--allow-env=HF_TOKEN,…`); those of the directories are always among them.
 */
export function readEnvironment(options: { readonly names?: readonly string[] } = {}): Environment {
  return {
    variables: readVariables([...DIRECTORY_VARIABLES, ...options.names ?? []]),
    refused: DIRECTORY_VARIABLES.filter((name) => !granted() && !granted(name)),
    os: Deno.build.os,
    hostname: hostname(),
    pid: Deno.pid,
    bootId: bootId(),
  };
}
