/**
 * Where the daemon's own files are.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import type { Directories } from "../platform/dirs.ts";
import { isMissingRight } from "../platform/file_system_error.ts";
import { OTHER_STATE_HINT } from "../platform/state_failure.ts";
import { checkWritable } from "../platform/writable.ts";
import { type ControlPlaces, controlPlaces } from "./address_file.ts";

/** Absolute paths; none of them need exist. */
export interface DaemonPlaces {
  /** Only this user may enter it. */
  readonly folder: string;
  /** Held as long as the daemon lives. */
  readonly lockPath: string;
  /** How the latest daemon began and ended. */
  readonly notePath: string;
  /** JSON lines; older ones are in files beside it. */
  readonly logPath: string;
  /** Where it listens. */
  readonly control: ControlPlaces;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * Makes sure that the daemon's files can be written.
 *
 * @throws {ModelManagerError} `PERMISSION_ERROR` naming the folder, or what else the file system says.
 */
export async function checkDaemonPlaces({ lockPath, logPath }: DaemonPlaces): Promise<void> {
  try {
    await checkWritable([lockPath, logPath]);
  } catch (error) {
    if (!isModelManagerError(error) || error.code !== "PERMISSION_ERROR" || isMissingRight(error)) {
      throw error;
    }
    const [look] = error.hints;
    throw new ModelManagerError(error.code, error.message, {
      hints: [...(look === undefined ? [] : [look]), OTHER_STATE_HINT],
      cause: error,
    });
  }
}

/** The places for a state directory: each store has a daemon of its own. */
export function daemonPlaces(
  directories: Pick<Directories, "state" | "logs">,
  environment: Readonly<Record<string, string>>,
): DaemonPlaces {
  const store = environment["MM_KV_URL"] ?? "";
  const suffix = store === "" ? "" : `-${hashOf(store)}`;
  const folder = join(directories.state, `daemon${suffix}`);
  return {
    folder,
    lockPath: join(folder, "daemon.lock"),
    notePath: join(folder, "daemon.json"),
    logPath: join(directories.logs, `daemon${suffix}.log`),
    control: controlPlaces(folder, { runtimeDir: environment["XDG_RUNTIME_DIR"], key: hashOf(folder) }),
  };
}
