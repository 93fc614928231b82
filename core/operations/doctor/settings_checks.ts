/**
 * Settings and variables: whether they can be used, and where they come from.
 *
 * @module
 */
import type { ErrorData } from "../../base/errors.ts";
import { ENVIRONMENT_VARIABLES } from "../../config/env_vars.ts";
import type { SettingOrigin } from "../../config/resolve_settings.ts";
import type { SettingPath } from "../../config/settings.ts";
import { suggest } from "../../base/near_names.ts";
import { type Finding, ok, problem, warning } from "./check.ts";

/** How the settings were found. */
export interface ConfigurationFacts {
  /** The user's file, read or not there yet. */
  readonly userFile?: string | undefined;
  /** Whether that file is there. */
  readonly userFileExists?: boolean | undefined;
  /** The project's file, when there is one. */
  readonly projectFile?: string | undefined;
  /** Why they cannot be used; then everything else was looked at with the defaults. */
  readonly problem?: ErrorData | undefined;
}

/** Where each value comes from. */
type Origins = ReadonlyMap<SettingPath, SettingOrigin>;

/** Whether the settings can be used, and how many places set some. */
export function checkSettings(facts: ConfigurationFacts, origins: Origins = new Map()): Finding {
  const { userFile, userFileExists = false, projectFile, problem: wrong } = facts;
  if (wrong !== undefined) {
    return problem(wrong.message, wrong.hints, {
      more: [...wrong.causes, "Everything else was looked at with the default settings"],
    });
  }
  const set = [...origins].filter(([, { source }]) => source !== "default");
  const files = [
    ...(projectFile === undefined ? [] : [`project file "${projectFile}"`]),
    ...(userFileExists && userFile !== undefined ? [`"${userFile}"`] : []),
  ];
  const detail = set.length === 0 ? "all defaults" : `${set.length} set`;
  return ok(files.length === 0 ? `${detail}, no file` : `${detail}, from ${files.join(" and ")}`, {
    more: set.map(([path, { source, name }]) => `${path}: ${source}${name === undefined ? "" : ` ${name}`}`),
  });
}

const KNOWN: ReadonlySet<string> = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
/** Variables that the program sets for itself. */
const OWN: ReadonlySet<string> = new Set(["MM_BACKGROUND", "MM_RESTARTED_WITH_KV"]);

/** Variables of ours and of the older tools: those that nobody knows are typing mistakes. */
export function checkVariables(environment: Readonly<Record<string, string>>): Finding {
  const set = Object.keys(environment).filter((name) => environment[name] !== "").sort();
  const ours = set.filter((name) => /^(?:MM|HF_DOWNLOADER)_/.test(name) && !OWN.has(name));
  const unknown = ours.filter((name) => !KNOWN.has(name));
  const known = set.filter((name) => KNOWN.has(name));
  const more = known.length === 0 ? [] : [`set: ${known.join(", ")}`];
  if (unknown.length > 0) {
    const candidates = [...KNOWN].filter((name) => /^(?:MM|HF_DOWNLOADER)_/.test(name));
    const hints = unknown.map((name) => {
      const meant = suggest(name, candidates);
      return meant === undefined
        ? `Unset it: unset ${name}`
        : `Did you mean ${meant} for ${name}? See: mm config show --origin`;
    });
    return warning(`nobody reads ${unknown.join(", ")}`, hints, { more });
  }
  const older = ours.filter((name) => name.startsWith("HF_DOWNLOADER_"));
  if (older.length > 0) return ok(`${known.length} set, of the older tools: ${older.join(", ")}`, { more });
  return ok(known.length === 0 ? "none set" : `${known.length} set`, { more });
}
