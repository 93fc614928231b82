/**
 * The program itself: versions, and what it may do.
 *
 * @module
 */
import type { ProgramForm } from "../../platform/own_command.ts";
import type { PermissionName, RuntimeFacts } from "../../platform/runtime_facts.ts";
import { type Finding, ok, problem, warning } from "./check.ts";
import { flagFor } from "./run_checks.ts";

/** The program is tested with this one and later ones. */
const OLDEST_DENO = [2, 9] as const;

/** What the forms of the program are called, and how Deno is renewed below them. */
const FORMS: Readonly<Record<ProgramForm, { readonly name: string; readonly renewal: string }>> = {
  binary: { name: "a single binary", renewal: "Deno is in the binary: install the newest release of mm" },
  npm: { name: "a package of npm", renewal: "Renew it: npm install -g deno" },
  remote: { name: "modules that Deno has fetched", renewal: "Renew it: deno upgrade" },
  source: { name: "its source tree", renewal: "Renew it: deno upgrade" },
};

/** Versions of the program and of what it runs on. */
export function checkVersions(
  facts: RuntimeFacts & { readonly mm: string; readonly form: ProgramForm },
): Finding {
  const { mm, form, deno, v8, typescript, os, arch, osRelease } = facts;
  const detail = `mm ${mm}, Deno ${deno}, V8 ${v8.replace(/-rusty$/, "")}, ${os} ${arch}`;
  const { name, renewal } = FORMS[form];
  const more = [
    `runs from ${name}`,
    `TypeScript ${typescript}`,
    ...(osRelease === undefined ? [] : [`system ${osRelease}`]),
  ];
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok(detail, { more });
  return warning(`${detail}: made for Deno ${OLDEST_DENO.join(".")} or later`, [renewal], {
    more,
  });
}

/** What one kind of right is needed for. */
export interface PermissionWish {
  readonly name: PermissionName;
  /** The scopes that are needed: none means that none of it is, `undefined` that nobody knows which. */
  readonly scopes: readonly string[] | undefined;
  /** Follows "without it". */
  readonly loss: string;
  /** Without it, nothing useful can be done. */
  readonly vital: boolean;
}

/** Whether a right was granted; without a scope, all of that kind. */
export type IsGranted = (name: PermissionName, scope?: string) => boolean;

/** More than this would make a flag that nobody types. */
const MAX_FLAG_SCOPES = 6;

/** Whether a right was granted for a scope; `*.name` stands for any host below. */
function isGrantedFor(name: PermissionName, scope: string, isGranted: IsGranted): boolean {
  return isGranted(name, scope.replace(/^\*\./, "any."));
}

function listed(scopes: readonly string[]): string {
  return scopes.length > 4
    ? `${scopes.slice(0, 3).join(", ")} and ${scopes.length - 3} more`
    : scopes.join(", ");
}

/** One kind of right: granted, to what extent, and how to grant what is missing. */
export function checkPermission(wish: PermissionWish, isGranted: IsGranted): Finding {
  const { name, scopes, loss, vital } = wish;
  if (isGranted(name)) return ok("granted");
  if (scopes?.length === 0) return ok("not granted, and not needed");
  const missing = (scopes ?? []).filter((scope) => !isGrantedFor(name, scope, isGranted));
  if (scopes !== undefined && missing.length === 0) return ok(`granted for ${scopes.join(", ")}`);
  const scope = scopes === undefined || missing.length > MAX_FLAG_SCOPES ? {} : { scope: scopes.join(",") };
  const hints = [`Grant it: deno run ${flagFor({ name, ...scope })} …, or everything: deno run -A …`];
  const detail = `not granted${missing.length === 0 ? "" : ` for ${listed(missing)}`}: ${loss}`;
  return vital ? problem(detail, hints) : warning(detail, hints);
}

/** What decides which rights are needed. */
export interface PermissionPlaces {
  /** Absolute folders in which the program writes; `undefined` when they are not known. */
  readonly folders: readonly string[] | undefined;
  /** Absolute; read only. */
  readonly tokenFile: string | undefined;
  /** `host` or `host:port` of everybody who is asked. */
  readonly hosts: readonly string[];
  /** Variables that mean something to the program. */
  readonly variables: readonly string[];
}

/** The rights that the program uses. */
export function permissionWishes(places: PermissionPlaces): PermissionWish[] {
  const { folders, tokenFile, hosts, variables } = places;
  return [
    {
      name: "read",
      scopes: folders === undefined || tokenFile === undefined ? folders : [...folders, tokenFile],
      loss: "models, settings and state cannot be read",
      vital: true,
    },
    { name: "write", scopes: folders, loss: "nothing can be downloaded or remembered", vital: true },
    { name: "net", scopes: hosts, loss: "the Hub cannot be asked", vital: true },
    { name: "env", scopes: variables, loss: "these variables count as not set", vital: false },
    {
      name: "sys",
      scopes: ["hostname", "statfs", "systemMemoryInfo"],
      loss: "owners of locks, free space and memory are not known",
      vital: false,
    },
    {
      name: "run",
      scopes: ["deno"],
      loss: "nothing is started in the background",
      vital: false,
    },
    { name: "ffi", scopes: [], loss: "", vital: false },
  ];
}
