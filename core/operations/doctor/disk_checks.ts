/**
 * Folders and the file systems they are on: there, writable, with room, and able to do what the program relies on.
 *
 * @module
 */
import { formatByteSize } from "../../base/byte_size.ts";
import { type Ability, type FileSystemAbilities, RIGHT_MISSING } from "../../platform/file_system_probe.ts";
import { isNetworkFileSystem, type Mount } from "../../platform/mount_table.ts";
import { type CheckStatus, type Finding, ok, problem, warning } from "./check.ts";

/** A folder that the program uses. */
export interface CheckedFolder {
  /** Absolute. */
  readonly path: string;
  /** `state` holds a database, for which not every file system will do. */
  readonly use: "models" | "state" | "config" | "cache";
}

/** How folders are looked at. */
export interface FolderPorts {
  /** Whether it is there; throws when one may not look, or something else has its name. */
  exists(path: string): Promise<boolean>;
  /** Throws when nothing can be written in it, or it cannot be made. */
  checkWritable(path: string): Promise<void>;
  /** Where it is mounted; `undefined` where the system does not tell. */
  mountOf(path: string): Promise<Mount | undefined>;
}

/** How another folder is chosen. */
const MOVE_HINTS: Readonly<Record<CheckedFolder["use"], string>> = {
  models: "Choose another folder: mm config set models_dir DIR",
  state: "Keep the state elsewhere: export MM_STATE_DIR=DIR",
  config: "Keep the settings elsewhere: export XDG_CONFIG_HOME=DIR",
  cache: "Keep what is cached elsewhere: export XDG_CACHE_HOME=DIR",
};

/** Whether a folder is there or can be made, can be written, and where it is. */
export async function checkFolder(folder: CheckedFolder, ports: FolderPorts): Promise<Finding> {
  const { path, use } = folder;
  const exists = await ports.exists(path);
  await ports.checkWritable(path);
  const mount = await ports.mountOf(path);
  const detail = `"${path}"${exists ? "" : ", not there yet, can be made"}`;
  if (mount === undefined) return ok(detail);
  const more = [`${mount.type}, mounted at "${mount.point}"`];
  if (use === "state" && isNetworkFileSystem(mount.type)) {
    return warning(`${detail}: on a network file system (${mount.type}), where databases get damaged`, [
      "Keep the state on a disk of this machine: export MM_STATE_DIR=DIR",
    ], { more });
  }
  if (use === "models" && /^(?:tmpfs|ramfs)$/.test(mount.type)) {
    return warning(`${detail}: in memory (${mount.type}), so that models are gone after a restart`, [
      MOVE_HINTS.models,
    ], { more });
  }
  return ok(isNetworkFileSystem(mount.type) ? `${detail}, on a network (${mount.type})` : detail, { more });
}

/** What to do about a folder besides what the system says. */
export function folderFailure(finding: Finding, { use }: CheckedFolder): Finding {
  const status: CheckStatus = use === "models" || use === "state" ? "problem" : "warning";
  const own = (finding.hints ?? []).filter((hint) => !hint.includes("--models-dir"));
  return { ...finding, status, hints: [...own, MOVE_HINTS[use]] };
}

/** What there is room for. */
export interface SpaceFacts {
  /** `undefined` when the system does not tell. */
  readonly freeBytes: number | undefined;
  /** What is to stay free. */
  readonly reserveBytes: number;
}

/** How much of what it may take the library takes. */
export interface QuotaFacts {
  /** What the library may take; `null` is no limit. */
  readonly quotaBytes: number | null;
  /** What the library takes. */
  readonly usedBytes: number;
  /** What other programs have as well. @default {0} */
  readonly sharedBytes?: number;
}

const SPACE_HINTS = [
  "See what mm would delete: mm cleanup --dry-run",
  "See what takes the space: mm list --sort size",
];

/** Room on the disk of the models, against the reserve. */
export function checkSpace({ freeBytes, reserveBytes }: SpaceFacts): Finding {
  if (freeBytes === undefined) return ok("the file system does not tell how much is free");
  const detail = `${formatByteSize(freeBytes)} free, of which ${
    formatByteSize(reserveBytes)
  } stay in reserve`;
  if (freeBytes < Math.max(1, reserveBytes)) {
    return problem(
      `${formatByteSize(freeBytes)} free: less than the reserve of ${formatByteSize(reserveBytes)}, ` +
        "so that nothing is downloaded",
      [...SPACE_HINTS, "Or keep less in reserve: mm config set cleanup.reserve 100M"],
    );
  }
  return freeBytes < 2 * reserveBytes ? warning(detail, SPACE_HINTS) : ok(detail);
}

/** What the library takes, against the most that it may. */
export function checkQuota({ quotaBytes, usedBytes, sharedBytes = 0 }: QuotaFacts): Finding {
  const shared = sharedBytes === 0
    ? ""
    : `; ${formatByteSize(sharedBytes)} more are shared, which do not count`;
  if (quotaBytes === null) return ok(`${formatByteSize(usedBytes)} used, no limit set${shared}`);
  const detail = `${formatByteSize(usedBytes)} of ${formatByteSize(quotaBytes)} used${shared}`;
  return usedBytes <= quotaBytes
    ? ok(detail)
    : warning(`${detail}: more than cleanup.max_total_size`, SPACE_HINTS);
}

/** Room on the disk of the state: it needs little, but some. */
export function checkStateSpace(freeBytes: number | undefined): Finding {
  if (freeBytes === undefined) return ok("the file system does not tell how much is free");
  const detail = `${formatByteSize(freeBytes)} free`;
  const hints = ["Make room on that disk", MOVE_HINTS.state];
  if (freeBytes < 1_000_000) return problem(`${detail}: history and queue cannot be written`, hints);
  return freeBytes < 50_000_000
    ? warning(`${detail}: history and queue may soon not be written`, hints)
    : ok(detail);
}

type Verdict = readonly [what: string, ability: Ability, status: CheckStatus, consequence: string];

function judge(verdicts: readonly Verdict[], hint: string): Finding {
  const failed = verdicts.filter(([, ability]) => !ability.works);
  const more = failed.flatMap(([what, ability]) => ability.works ? [] : [`${what}: ${ability.reason}`]);
  if (failed.length === 0) return ok(verdicts.map(([what]) => what).join(", "));
  const status: CheckStatus = failed.some(([, , status]) => status === "problem")
    ? "problem"
    : failed.some(([, , status]) => status === "warning")
    ? "warning"
    : "ok";
  const detail = failed.map(([what, , , consequence]) => `no ${what}: ${consequence}`).join("; ");
  const lacksRight = failed.every(([, ability]) => !ability.works && ability.reason === RIGHT_MISSING);
  const advice = lacksRight ? "Grant it: deno run --allow-read --allow-write …" : hint;
  return { status, detail, hints: status === "ok" ? [] : [advice], more };
}

/** How files are replaced, synced and filled. */
export function checkFileAbilities(abilities: FileSystemAbilities, use: CheckedFolder["use"]): Finding {
  const { rename, sync, sparse, longName, unicode, caseSensitive } = abilities;
  const inModels = use === "models" ? "warning" : "ok";
  const finding = judge([
    ["atomic rename", rename, "problem", "files cannot be replaced in one step"],
    ["sync", sync, "warning", "a power cut may lose what was written"],
    ["sparse files", sparse, inModels, "an unfinished download takes its whole size at once"],
    ["long names", longName, inModels, "files with long names cannot be saved"],
    ["names in every script", unicode, inModels, "some names change"],
  ], MOVE_HINTS[use]);
  return caseSensitive || finding.status !== "ok"
    ? finding
    : { ...finding, detail: `${finding.detail}; upper and lower case are the same in names` };
}

/** Hard and symbolic links: without them, files are copied. */
export function checkLinks({ hardLink, symlink }: FileSystemAbilities, use: CheckedFolder["use"]): Finding {
  const status = use === "models" ? "warning" : "ok";
  return judge([
    ["hard links", hardLink, status, "models are copied instead of linked"],
    ["symbolic links", symlink, status, "other programs' folders get copies"],
  ], MOVE_HINTS[use]);
}

/** Locks that keep others out: downloads have a second guard, the database has none. */
export function checkLocks({ lock }: FileSystemAbilities, use: CheckedFolder["use"]): Finding {
  if (lock.works) return ok("a lock keeps others out");
  const detail = `locks do not hold here (${lock.reason})`;
  return use === "state"
    ? problem(`${detail}: two processes may damage history and queue`, [MOVE_HINTS.state])
    : warning(`${detail}: owners are told apart by their signs of life, which takes longer`, [
      MOVE_HINTS[use],
    ]);
}
