/**
 * The named sets of rights with which the program can be run in place of `-A`: the one table behind `deno.json`, the
 * page about permissions, and `mm doctor --permissions`.
 *
 * @module
 */
import { nameableFolder } from "../base/missing_right.ts";

/** A set. */
export type PermissionSetName = "pull" | "ci" | "serve" | "daemon" | "tui";

/** What one kind of work needs. */
export interface PermissionSet {
  readonly name: PermissionSetName;
  /** Follows the name in a table. */
  readonly summary: string;
  /** Command lines that it is enough for: `queue` stands for all commands below it. */
  readonly commands: readonly string[];
  /**
   * Whom it may talk to: the `hub` and its file hosts, `local` other programs of ours on this machine (their sockets
   * have paths, which a configuration cannot know), `listen` with who asks.
   */
  readonly net: readonly ("hub" | "local" | "listen")[];
  /** Where it may write; `own` is everything that is configured. */
  readonly write: "own" | ".mm";
}

/** The sets. */
export const PERMISSION_SETS: readonly PermissionSet[] = [
  {
    name: "pull",
    summary: "find, download, verify and file models, and everything that is done with the library",
    commands: [
      "search",
      "show",
      "pull",
      "list",
      "remove",
      "verify",
      "update",
      "history",
      "models",
      "sync",
      "lock",
      "import",
      "link",
      "cleanup",
      "cache",
      "config",
      "login",
      "logout",
      "whoami",
      "doctor",
      "version",
      "help",
      "completions",
    ],
    net: ["hub"],
    write: "own",
  },
  {
    name: "ci",
    summary: "fetch and prove the models of a manifest; nothing is written outside of the folder .mm",
    commands: ["sync --frozen", "verify", "list", "show", "search", "version"],
    net: ["hub"],
    write: ".mm",
  },
  {
    name: "serve",
    summary: "share the library with other machines; the demo, which serves a Hub to itself",
    commands: ["serve", "demo"],
    net: ["hub", "listen"],
    write: "own",
  },
  {
    name: "daemon",
    summary: "the daemon in the foreground, the queue and the schedules; it listens on a local socket",
    commands: ["start --foreground", "stop", "status", "logs", "queue", "schedule", "service print"],
    net: ["hub", "local"],
    write: "own",
  },
  {
    name: "tui",
    summary: "the terminal UI, and what is begun in it",
    commands: ["tui"],
    net: ["hub", "local"],
    write: "own",
  },
];

/** What needs `-A`: it starts programs, which nothing holds to the rights of this one. */
export const NEEDS_ALL: readonly { readonly command: string; readonly reason: string }[] = [
  { command: "start", reason: "starts a process in the background: run it with --foreground, or with -A" },
  { command: "restart", reason: "starts a process in the background" },
  { command: "service install", reason: "calls the service manager of the system" },
  { command: "service uninstall", reason: "calls the service manager of the system" },
  { command: "config edit", reason: "opens your editor: granted with --allow-run=EDITOR as well" },
];

/** The Hub, and where its files are. */
export const HUB_HOSTS: readonly string[] = ["huggingface.co", "*.huggingface.co", "*.hf.co"];

/** Where who asks may come in. */
const LISTEN_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"];

/**
 * Every variable that is read, by the table or by parts that ask the system and the terminal; `*` stands for any
 * letters. It is short because it stands in each set: secrets of other programs are what it is to leave out.
 */
export const PERMITTED_VARIABLES: readonly string[] = [
  "MM_*",
  "HF_*",
  "HUGGING*",
  "TRANSFORMERS_OFFLINE",
  "OLLAMA_*",
  "XDG_*",
  "HOME",
  "USER*",
  "APPDATA",
  "LOCALAPPDATA",
  "WINDIR",
  "OS",
  "TERM*",
  "COLORTERM",
  "WT_SESSION",
  "LANG",
  "LC_*",
  "CI",
  "EDITOR",
  "VISUAL",
  "NO_*",
  "no_proxy",
  "ALL_PROXY",
  "all_proxy",
  "HTTP*",
  "http*",
  "REQUEST_METHOD",
  "DENO_*",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
];

/** What is asked of the system: who and how big the machine is, how full its disks; the order of own threads. */
export const PERMITTED_FACTS: readonly string[] = [
  "hostname",
  "osRelease",
  "statfs",
  "systemMemoryInfo",
  "setPriority",
  "uid",
  "gid",
  "userInfo",
];

function hostsOf({ net }: PermissionSet, hub: readonly string[]): string[] {
  return [...hub, ...(net.includes("listen") ? LISTEN_HOSTS : [])];
}

/**
 * A set as it stands in a `deno.json`. The folders of a user have no names there, so it may read everywhere; the flags
 * of {@link permissionFlags} say it exactly.
 */
export function permissionConfig(set: PermissionSet): Readonly<Record<string, unknown>> {
  return {
    read: true,
    write: set.write === "own" ? true : [set.write],
    net: set.net.includes("local") ? true : hostsOf(set, HUB_HOSTS),
    env: { allow: PERMITTED_VARIABLES, ignore: true },
    sys: PERMITTED_FACTS,
  };
}

/** Places of one user, for exact flags. */
export interface PermissionPlaces {
  /** In which files are read and made. */
  readonly folders: readonly string[];
  /** In which a set that may write in one folder only may do so besides. */
  readonly written?: readonly string[];
  /** Which are read besides. */
  readonly readOnly: readonly string[];
  /** Absolute: local sockets of the daemon and the queue. */
  readonly sockets: readonly string[];
  /** `host` or `host:port` of the Hub and its mirrors. */
  readonly hosts: readonly string[];
}

/**
 * The flags of `deno run` for a set. Other variables count as not set, because terminal libraries read them all. For a
 * folder with a comma the nearest one above is granted that has none; for such a socket, every host.
 */
export function permissionFlags(set: PermissionSet, places: PermissionPlaces): string[] {
  const { folders, written = [], readOnly, sockets, hosts } = places;
  const ownWrite = set.write === "own" ? folders : [set.write, ...written];
  const local = set.net.includes("local") ? ["localhost", ...sockets.map((path) => `unix:${path}`)] : [];
  const paths = (name: string, entries: readonly string[]) => listFlag(name, entries.map(nameableFolder));
  return [
    "--no-prompt",
    "--unstable-kv",
    paths("read", [...folders, ...readOnly]),
    paths("write", ownWrite),
    listFlag("net", [...hostsOf(set, hosts), ...local]),
    listFlag("env", PERMITTED_VARIABLES),
    "--ignore-env",
    listFlag("sys", PERMITTED_FACTS),
  ];
}

/** Names nothing, which grants all of its kind, where an entry cannot be named: a comma parts the entries. */
function listFlag(name: string, entries: readonly (string | undefined)[]): string {
  const isNameable = entries.every((entry) => entry?.includes(",") === false);
  return isNameable ? `--allow-${name}=${[...new Set(entries)].join(",")}` : `--allow-${name}`;
}

/** The set for a command line such as `["queue", "add"]`; `undefined` for one that needs `-A`. */
export function permissionSetFor(names: readonly string[]): PermissionSet | undefined {
  const line = names.join(" ");
  if (NEEDS_ALL.some(({ command }) => command === line)) return undefined;
  return PERMISSION_SETS.find(({ commands }) => commands.includes(line)) ??
    PERMISSION_SETS.find(({ commands }) => commands.includes(names[0] ?? ""));
}
