/**
 * What the process is told from outside: variables, machine, identity.
 *
 * @module
 */

/** Operating systems that we treat differently. */
export type OperatingSystem = typeof Deno.build.os;

/** The environment of the process, read once. */
export interface Environment {
  readonly variables: Readonly<Record<string, string>>;
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

/** Never asks: what the process may not read counts as not set. */
function readVariables(names: readonly string[]): Record<string, string> {
  if (granted()) return Deno.env.toObject();
  const variables: Record<string, string> = {};
  for (const name of names) {
    const value = granted(name) ? Deno.env.get(name) : undefined;
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** The machine's name, or `unknown` when the process may not ask. */
export function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "unknown";
  }
}

/** Identifies the time since the machine was started, where the system tells (Linux). */
export function bootId(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const text = Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
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
    os: Deno.build.os,
    hostname: hostname(),
    pid: Deno.pid,
    bootId: bootId(),
  };
}
