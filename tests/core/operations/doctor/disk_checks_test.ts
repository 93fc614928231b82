import assert from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { fromError } from "../../../../core/operations/doctor/check.ts";
import {
  checkFileAbilities,
  checkFolder,
  checkLinks,
  checkLocks,
  checkQuota,
  checkSpace,
  checkStateSpace,
  folderFailure,
  type FolderPorts,
} from "../../../../core/operations/doctor/disk_checks.ts";
import { type FileSystemAbilities, RIGHT_MISSING } from "../../../../core/platform/file_system_probe.ts";

const GIB = 1024 ** 3;
const MODELS = { path: "/models", use: "models" } as const;
const STATE = { path: "/state", use: "state" } as const;

function ports(change: Partial<FolderPorts> = {}, type = "ext4"): FolderPorts {
  return {
    exists: () => Promise.resolve(true),
    checkWritable: () => Promise.resolve(),
    mountOf: () => Promise.resolve({ point: "/", type }),
    ...change,
  };
}

Deno.test("checkFolder() takes a folder that is there, and one that can be made", async () => {
  const there = await checkFolder(MODELS, ports());
  assert.deepEqual([there.status, there.detail, there.more], ["ok", '"/models"', ['ext4, mounted at "/"']]);
  const missing = await checkFolder(MODELS, ports({ exists: () => Promise.resolve(false) }));
  assert.deepEqual([missing.status, missing.detail], ["ok", '"/models", not there yet, can be made']);
  const unknown = await checkFolder(MODELS, ports({ mountOf: () => Promise.resolve(undefined) }));
  assert.equal(unknown.status, "ok");
});

Deno.test("checkFolder() warns of a state on a network and of models in memory", async () => {
  assert.equal((await checkFolder(MODELS, ports({}, "nfs4"))).status, "ok");
  assert.match((await checkFolder(MODELS, ports({}, "nfs4"))).detail, /on a network \(nfs4\)/);
  const state = await checkFolder(STATE, ports({}, "cifs"));
  assert.deepEqual([state.status, state.hints], ["warning", [
    "Keep the state on a disk of this machine: export MM_STATE_DIR=DIR",
  ]]);
  assert.equal((await checkFolder(MODELS, ports({}, "tmpfs"))).status, "warning");
  assert.equal((await checkFolder(STATE, ports({}, "tmpfs"))).status, "ok");
});

Deno.test("folderFailure() names another folder, and takes settings less seriously than models", () => {
  const failed = fromError(
    new ModelManagerError("PERMISSION_ERROR", "No", {
      hints: ["Look", "Or choose another folder: --models-dir DIR"],
    }),
  );
  assert.deepEqual(folderFailure(failed, STATE), {
    ...failed,
    status: "problem",
    hints: ["Look", "Keep the state elsewhere: export MM_STATE_DIR=DIR"],
  });
  assert.equal(
    folderFailure(failed, MODELS).hints?.at(-1),
    "Choose another folder: mm config set models_dir DIR",
  );
  assert.equal(folderFailure(failed, { path: "/c", use: "config" }).status, "warning");
});

Deno.test("checkSpace() holds what is free against the reserve", () => {
  const facts = { reserveBytes: GIB };
  assert.equal(checkSpace({ ...facts, freeBytes: 2 * GIB }).status, "ok");
  assert.equal(checkSpace({ ...facts, freeBytes: 2 * GIB - 1 }).status, "warning");
  assert.equal(checkSpace({ ...facts, freeBytes: GIB }).status, "warning");
  const full = checkSpace({ ...facts, freeBytes: GIB - 1 });
  assert.equal(full.status, "problem");
  assert.ok(full.hints?.some((hint) => hint.includes("mm config set cleanup.reserve")));
  assert.equal(checkSpace({ ...facts, freeBytes: 0, reserveBytes: 0 }).status, "problem");
  assert.equal(checkSpace({ ...facts, freeBytes: undefined }).status, "ok");
});

Deno.test("checkQuota() and checkStateSpace() warn where it gets tight", () => {
  assert.equal(checkQuota({ quotaBytes: null, usedBytes: GIB }).status, "ok");
  assert.equal(checkQuota({ quotaBytes: GIB, usedBytes: GIB }).status, "ok");
  assert.equal(checkQuota({ quotaBytes: GIB, usedBytes: GIB + 1 }).status, "warning");
  assert.deepEqual([undefined, GIB, 10_000_000, 1000].map((free) => checkStateSpace(free).status), [
    "ok",
    "ok",
    "warning",
    "problem",
  ]);
});

const WORKS = { works: true } as const;
const FAILS = { works: false, reason: "Operation not supported" } as const;
const ABILITIES: FileSystemAbilities = {
  rename: WORKS,
  sync: WORKS,
  hardLink: WORKS,
  symlink: WORKS,
  lock: WORKS,
  sparse: WORKS,
  longName: WORKS,
  unicode: WORKS,
  caseSensitive: true,
};

Deno.test("checkFileAbilities() judges by what is lost", () => {
  const status = (change: Partial<FileSystemAbilities>, use: "models" | "state" = "models"): string =>
    checkFileAbilities({ ...ABILITIES, ...change }, use).status;
  assert.equal(status({}), "ok");
  assert.equal(status({ rename: FAILS }), "problem");
  assert.equal(status({ sync: FAILS }), "warning");
  assert.equal(status({ sparse: FAILS }), "warning");
  assert.equal(status({ sparse: FAILS }, "state"), "ok");
  assert.equal(status({ sparse: FAILS, rename: FAILS }), "problem");
  const failed = checkFileAbilities({ ...ABILITIES, sparse: FAILS }, "models");
  assert.match(failed.detail, /no sparse files: an unfinished download takes its whole size/);
  assert.deepEqual(failed.more, ["sparse files: Operation not supported"]);
  assert.deepEqual(failed.hints, ["Choose another folder: mm config set models_dir DIR"]);
  const blind = checkFileAbilities({ ...ABILITIES, caseSensitive: false }, "models");
  assert.deepEqual([blind.status, /upper and lower case/.test(blind.detail)], ["ok", true]);
});

Deno.test("checkLinks() and checkLocks() say what happens without them", () => {
  assert.equal(checkLinks(ABILITIES, "models").status, "ok");
  const noLinks = checkLinks({ ...ABILITIES, symlink: FAILS }, "models");
  assert.deepEqual([noLinks.status, noLinks.hints?.[0]], [
    "warning",
    "Choose another folder: mm config set models_dir DIR",
  ]);
  const refused = checkLinks({ ...ABILITIES, symlink: { works: false, reason: RIGHT_MISSING } }, "models");
  assert.match(refused.hints?.[0] ?? "", /--allow-read --allow-write/);
  assert.equal(checkLocks(ABILITIES, "state").status, "ok");
  assert.equal(checkLocks({ ...ABILITIES, lock: FAILS }, "state").status, "problem");
  assert.equal(checkLocks({ ...ABILITIES, lock: FAILS }, "models").status, "warning");
});
