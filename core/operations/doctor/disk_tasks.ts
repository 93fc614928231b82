/**
 * Looks at folders and their disks, with what it takes.
 *
 * @module
 */
import { join } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { inspectRegistry } from "../../library/registry_inspection.ts";
import { usedSpace } from "../../library/used_space.ts";
import { fileFacts, readDirectory } from "../../platform/directory.ts";
import { diskOf } from "../../platform/disk_space.ts";
import { type FileSystemAbilities, probeFileSystem } from "../../platform/file_system_probe.ts";
import { mountOf } from "../../platform/mount_table.ts";
import { checkWritable } from "../../platform/writable.ts";
import { type Finding, fromError } from "./check.ts";
import {
  type CheckedFolder,
  checkFileAbilities,
  checkFolder,
  checkLinks,
  checkLocks,
  checkQuota,
  checkSpace,
  checkStateSpace,
  folderFailure,
  type FolderPorts,
  type QuotaFacts,
  type SpaceFacts,
} from "./disk_checks.ts";
import type { DoctorHost } from "./host.ts";
import type { CheckTask, Need } from "./run_checks.ts";
import { needsOf, once } from "./task_parts.ts";

const FOLDER_PORTS: FolderPorts = {
  async exists(path) {
    const facts = await fileFacts(path);
    if (facts === undefined) return false;
    if (facts.isDirectory) await readDirectory(path);
    else {
      throw new ModelManagerError("FAILED", `"${path}" is a file: a folder was wanted`, {
        hints: [`Look at it: ls -la "${path}"`],
      });
    }
    return true;
  },
  checkWritable: (path) => checkWritable([join(path, "file")]),
  mountOf,
};

function spaceNeeds(scope: string): Need[] {
  return [{ name: "read", scope }, { name: "sys", scope: "statfs" }];
}

/** The models directory. */
export function modelsDiskTasks(host: DoctorHost): CheckTask[] {
  const folder: CheckedFolder = { path: host.settings.models_dir, use: "models" };
  return [
    folderTask(folder),
    {
      id: "models_dir.space",
      group: "disk",
      title: "space for models",
      needs: spaceNeeds(folder.path),
      run: async () => checkSpace(await spaceFacts(host)),
    },
    {
      id: "models_dir.quota",
      group: "disk",
      title: "quota",
      needs: [{ name: "read", scope: folder.path }],
      run: async () => checkQuota(await quotaFacts(host)),
    },
    ...abilityTasks(folder),
  ];
}

/** State, settings, and what can be had again. */
export function ownDiskTasks({ directories, store }: DoctorHost): CheckTask[] {
  const { state: path, config, cache } = directories;
  const space: CheckTask = {
    id: "state_dir.space",
    group: "disk",
    title: "space for state",
    needs: spaceNeeds(path),
    run: async () => checkStateSpace((await diskOf(path)).freeBytes),
  };
  return [
    folderTask({ path, use: "state" }),
    space,
    // A store on a server asks nothing of this disk.
    ...(store.isFile ? abilityTasks({ path, use: "state" }) : []),
    folderTask({ path: config, use: "config" }),
    folderTask({ path: cache, use: "cache" }),
  ];
}

function folderTask(folder: CheckedFolder): CheckTask {
  return {
    id: `${folder.use}_dir`,
    group: "disk",
    title: folder.use,
    needs: needsOf(folder.path),
    run: async () => {
      try {
        return await checkFolder(folder, FOLDER_PORTS);
      } catch (error) {
        return folderFailure(fromError(error), folder);
      }
    },
  };
}

function abilityTasks({ path, use }: CheckedFolder): CheckTask[] {
  const abilities = once(() => probeFileSystem(path));
  const task = (
    name: string,
    check: (abilities: FileSystemAbilities, use: CheckedFolder["use"]) => Finding,
  ): CheckTask => ({
    id: `${use}_dir.${name}`,
    group: "disk",
    title: `${name} for ${use}`,
    needs: needsOf(path),
    run: async () => {
      try {
        return check(await abilities(), use);
      } catch {
        // The line of the folder itself says what is wrong, and what to do.
        return { status: "ok", detail: "not checked: nothing can be written there", skipped: true };
      }
    },
  });
  // Nothing in the state is a link.
  const links = use === "models" ? [task("links", checkLinks)] : [];
  return [task("files", checkFileAbilities), ...links, task("locks", checkLocks)];
}

async function spaceFacts({ settings: { models_dir: path, cleanup } }: DoctorHost): Promise<SpaceFacts> {
  return { freeBytes: (await diskOf(path)).freeBytes, reserveBytes: cleanup.reserve };
}

async function quotaFacts({ settings: { models_dir: path, cleanup } }: DoctorHost): Promise<QuotaFacts> {
  const { entries } = await inspectRegistry(path);
  const { modelBytes, sharedBytes, partialBytes } = await usedSpace(path, entries);
  return { quotaBytes: cleanup.max_total_size, usedBytes: modelBytes + partialBytes, sharedBytes };
}
