/**
 * What the runtime says when the process was started without a right, in words that a person can act on.
 *
 * @module
 */
import { dirname } from "node:path";

/** Kinds of rights, as in the flags of the runtime. */
export type RightKind = "read" | "write" | "net" | "env" | "sys" | "run" | "ffi" | "import" | "all";

/** A right that was not granted. */
export interface MissingRight {
  readonly kind: RightKind;
  /** The path, host, variable or program; `undefined` where all of the kind is needed. */
  readonly scope: string | undefined;
}

/** What each is good for: follows "mm". */
const PURPOSES: Readonly<Record<RightKind, string>> = {
  read: "reads models, settings and its state",
  write: "files what it downloads, and remembers it",
  net: "asks the Hub and fetches files from its hosts",
  env: "takes its settings from variables",
  sys: "looks at the room on disks, the memory and the name of the machine",
  run: "starts programs: itself in the background, your editor, the service manager",
  ffi: "loads libraries of the system",
  import: "loads the rest of itself",
  all: "may use places of the system, such as /dev",
};

const VERBS: Readonly<Record<RightKind, string>> = {
  read: "read",
  write: "write",
  net: "connect to",
  env: "read the variable",
  sys: "ask the system for",
  run: "run",
  ffi: "load",
  import: "import from",
  all: "use",
};

/** How the runtime begins to speak of what only who has all rights may use, such as files in `/dev`. */
export const REQUIRES_ALL = "Requires all access";

const REFUSAL =
  /Requires (?:all )?(read|write|net|env|sys|run|ffi|import|all) access(?: to (?:"([^"]*)"|(\S+?)))?,/;

/** What a text of the runtime's says is missing; `undefined` when it says something else. */
export function readMissingRight(message: string): MissingRight | undefined {
  const [, kind, quoted, bare] = REFUSAL.exec(message) ?? [];
  // A symbolic link may lead anywhere, so no folder is enough for it.
  if (kind === undefined) {
    return message.includes("requires unscoped --allow-read")
      ? { kind: "write", scope: undefined }
      : undefined;
  }
  const scope = quoted ?? bare;
  // Such as <CWD>: a name for a path that is not to be known.
  return { kind: kind as RightKind, scope: scope?.startsWith("<") ? undefined : scope };
}

/** The same of an error; only the runtime's own refusals are looked at. */
export function missingRight(error: unknown): MissingRight | undefined {
  return error instanceof Error && error.name === "NotCapable" ? readMissingRight(error.message) : undefined;
}

/**
 * The path, or the nearest folder above it that a flag of Deno's can name: a comma parts the entries of a list, and
 * Deno has nothing that stands for one which is meant.
 *
 * @returns `undefined` when there is no such folder.
 */
export function nameableFolder(path: string): string | undefined {
  if (!path.includes(",")) return path;
  const parent = dirname(path);
  return parent === path ? undefined : nameableFolder(parent);
}

/** What a flag names to grant it; `undefined` where only all of the kind can be granted. */
function grantedScope({ kind, scope }: MissingRight): string | undefined {
  if (scope === undefined || scope === "") return undefined;
  if (kind === "read" || kind === "write") return nameableFolder(scope);
  return scope.includes(",") ? undefined : scope;
}

/**
 * `--allow-read=/path`: the flag that grants a right, for a POSIX shell. It grants more than that where no flag can
 * name the path: {@link nameableFolder}.
 */
export function allowFlag(right: MissingRight): string {
  if (right.kind === "all") return "-A";
  const scope = grantedScope(right);
  if (scope === undefined) return `--allow-${right.kind}`;
  const quoted = /^[\w@%+:./*-]+$/.test(scope) ? scope : `'${scope.replaceAll("'", "'\\''")}'`;
  return `--allow-${right.kind}=${quoted}`;
}

/**
 * Says that more is granted than paths with a comma.
 *
 * @param granted The folder that stands in the flag; `undefined` when it names nothing.
 * @param options.all What is granted then. @default {"everything of its kind"}
 */
export function widerGrant(
  granted: string | undefined,
  { paths, all = "everything of its kind" }: { readonly paths: readonly string[]; readonly all?: string },
): string {
  const more = granted === undefined ? all : `"${granted}"`;
  const exact = paths.map((path) => `"${path}"`).join(", ");
  return `Deno's flags cannot name a path with a comma: they grant ${more} in place of ${exact}`;
}

/** What was refused. */
export function missingRightMessage({ kind, scope }: MissingRight): string {
  const what = scope === undefined ? kind === "net" ? "any host" : "everything it needs" : `"${scope}"`;
  return `Not allowed to ${VERBS[kind]} ${what}: the program was started without that right`;
}

/** What no narrow set of rights has. */
const IN_NO_SET: readonly RightKind[] = ["run", "ffi", "import", "all"];

/**
 * Which flag to add, what for, and how to see all of them.
 *
 * @param options.toListen Who asks is to come in. @default {false}
 */
export function missingRightHints(
  right: MissingRight,
  { toListen = false }: { readonly toListen?: boolean } = {},
): string[] {
  const isLocal = right.kind === "net" && right.scope?.startsWith("unix:") === true;
  const [purpose, set] = isLocal
    ? ["talks to its own daemon and queue", "daemon"]
    : toListen
    ? ["answers who asks at that address", "serve"]
    : [PURPOSES[right.kind], "pull"];
  const hint = `Add the flag ${allowFlag(right)} to deno run: with it, mm ${purpose}`;
  const { kind, scope = "" } = right;
  const wider = kind !== "all" && scope.includes(",")
    ? [widerGrant(grantedScope(right), { paths: [scope] })]
    : [];
  if (IN_NO_SET.includes(kind)) return [hint, ...wider];
  return [hint, ...wider, `See the flags for everything it needs here: mm doctor --permissions ${set}`];
}

/** What to say of an error that is the runtime's own refusal; `undefined` for every other. */
export function missingRightOf(
  error: unknown,
): { readonly message: string; readonly hints: readonly string[] } | undefined {
  if (!(error instanceof Error) || error.name !== "NotCapable") return undefined;
  const right = readMissingRight(error.message);
  return right === undefined
    ? { message: error.message, hints: ["Start it with all rights: deno run -A …"] }
    : { message: missingRightMessage(right), hints: missingRightHints(right) };
}
