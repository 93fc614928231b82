/**
 * What is looked at, and what only the caller knows.
 *
 * @module
 */
import type { ErrorData } from "../../base/errors.ts";
import type { SettingOrigin } from "../../config/resolve_settings.ts";
import type { SettingPath, Settings } from "../../config/settings.ts";
import type { Fetch } from "../../http/fetch.ts";
import { readAuthorities, trustingFetch } from "../../platform/certificates.ts";
import type { Directories } from "../../platform/dirs.ts";
import type { OperationContext } from "../context.ts";
import type { TerminalFacts } from "./machine_checks.ts";
import type { ConfigurationFacts } from "./settings_checks.ts";

/** What only the caller knows. */
export interface DoctorRequest {
  /** How the settings were found. */
  readonly configuration?: ConfigurationFacts;
  /** Why there is no home folder: then nothing is known of the folders below it. */
  readonly homeProblem?: ErrorData;
  /** What the terminal can show; without it, output goes elsewhere. */
  readonly terminal?: TerminalFacts;
}

/** What is looked at. */
export interface DoctorHost {
  readonly context: Pick<
    OperationContext,
    "clock" | "library" | "ownFolders" | "settings" | "userAgent" | "memoryBytes"
  >;
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingPath, SettingOrigin> | undefined;
  readonly directories: Directories;
  readonly environment: Readonly<Record<string, string>>;
  /** Given for this run; wins over every other. */
  readonly token: string | undefined;
  readonly offline: boolean;
  /** The bare one. */
  readonly fetch: Fetch;
  readonly store: { readonly isFile: boolean; readonly location: string; open(): Promise<Deno.Kv> };
  /** The process that works the queue, when it answers. */
  queueOwner(): Promise<{ readonly pid: number } | undefined>;
}

/** What is looked at, from what the program was made from. */
export function doctorHost(
  options: Pick<DoctorHost, "settings" | "directories" | "environment"> & {
    readonly origins?: DoctorHost["origins"];
    readonly token?: string;
    readonly offline?: boolean;
    readonly fetch?: Fetch;
  },
  parts: Pick<DoctorHost, "context" | "store" | "queueOwner">,
): DoctorHost {
  const { settings, origins, directories, environment, token, offline = false } = options;
  const base = options.fetch ?? trustingFetch(readAuthorities(environment).certificates);
  return { ...parts, settings, origins, directories, environment, token, offline, fetch: base };
}
