import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { type PullItem, startItem } from "../../../core/operations/pull_item.ts";
import { explainDiskFailure, refuseWhatDoesNotFit } from "../../../core/operations/pull_space.ts";
import { fileSystemError } from "../../../core/platform/file_system_error.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

/** A reference of which one file is to be fetched. */
function item(dir: TempDir, { context }: OperationFixture, sizeBytes: number): PullItem {
  const partialFolder = dir.join("acme", "m", ".cache");
  const planned = { path: "m.gguf", sizeBytes, action: "fetch", atTarget: "nothing", keptBytes: 0 };
  const staged = { stagedPath: `${partialFolder}/m.part` };
  const target = { partialFolder, pathOf: (path: string) => dir.join("acme", "m", path) };
  return Object.assign(startItem(context, "acme/m"), {
    pull: { target },
    plan: { download: { files: [planned] }, facts: new Map([["m.gguf", { ...planned, staged }]]) },
  } as unknown as Pick<PullItem, "pull" | "plan">);
}

function systemError(code: string): ModelManagerError {
  return fileSystemError(Object.assign(new Error(code), { code }), "write", "/models/x");
}

async function explain(
  dir: TempDir,
  fixture: OperationFixture,
  error: unknown,
  facts: { readonly items?: readonly PullItem[]; readonly reserveBytes?: number } = {},
): Promise<unknown> {
  const { context } = fixture;
  const { items: [first, ...waiting] = [item(dir, fixture, 1000)], reserveBytes = 0 } = facts;
  assert.ok(first);
  const changed = { ...context, settings: { ...context.settings, reserveBytes } };
  return await explainDiskFailure(changed, error, { item: first, waiting, folder: "/models" });
}

Deno.test("refuseWhatDoesNotFit() refuses everything on a disk that is too small together", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const items = [item(dir, fixture, 1000), item(dir, fixture, 1e17), item(dir, fixture, 0)];
  await refuseWhatDoesNotFit(fixture.context, items, { folder: "/models" });
  assert.deepEqual(items.map((each) => each.error?.code), [
    "INSUFFICIENT_SPACE",
    "INSUFFICIENT_SPACE",
    undefined,
  ]);
  assert.match(items[0]?.error?.message ?? "", /^Not enough space in "\/models": 100 PB to download/);
  const small = [item(dir, fixture, 1000)];
  await refuseWhatDoesNotFit(fixture.context, small, { folder: "/models" });
  assert.equal(small[0]?.error, undefined);
});

Deno.test("explainDiskFailure() says how much is missing on a full disk, for everything that is still to come", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await mkdir(dir.join("acme", "m", ".cache"), { recursive: true });
  for (const code of ["ENOSPC", "EDQUOT"]) {
    const items = [item(dir, fixture, 2e9), item(dir, fixture, 1e9)];
    const error = await explain(dir, fixture, systemError(code), { items, reserveBytes: 1e17 });
    assert.ok(error instanceof ModelManagerError);
    assert.equal(error.code, "INSUFFICIENT_SPACE");
    assert.match(
      error.message,
      /^No space left in "\/models": 3\.00 GB still to download, .* free, of which .* stay in reserve; .* are missing$/,
    );
    assert.match(error.hints.join(), /mm cleanup.*mm list --sort size.*same command again/s);
    assert.ok(error.cause instanceof ModelManagerError);
  }
  const quota = await explain(dir, fixture, systemError("EDQUOT"));
  assert.match(
    String(quota),
    /1\.00 kB still to download, [^,]* free$/,
    "the disk has room, the quota has not",
  );
  const [done] = [item(dir, fixture, 2e9)];
  done?.tally.count({ type: "finished", file: "m.gguf", path: "/x", receivedBytes: 2e9, totalBytes: 2e9 });
  assert.match(
    String(await explain(dir, fixture, systemError("ENOSPC"), { items: [done as PullItem] })),
    /0 B still/,
  );
});

Deno.test("explainDiskFailure() leaves what no room would mend, and what is no matter of the disk", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await mkdir(dir.join("acme", "m", ".cache"), { recursive: true });
  const others = [
    systemError("EFBIG"),
    systemError("EACCES"),
    new ModelManagerError("NETWORK_ERROR", "No reply"),
    new TypeError("a bug"),
  ];
  for (const error of others) assert.equal(await explain(dir, fixture, error), error);
});

Deno.test("explainDiskFailure() names the folder that has vanished, whatever failed first", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await mkdir(dir.join("acme", "m", ".cache"), { recursive: true });
  const deleted = await explain(dir, fixture, systemError("ENOENT"));
  assert.match(String(deleted), /Partial data was deleted while it was being downloaded/);
  await rm(dir.join("acme"), { recursive: true });
  for (const cause of [systemError("ENOENT"), new ModelManagerError("NETWORK_ERROR", "No reply")]) {
    const error = await explain(dir, fixture, cause);
    assert.ok(error instanceof ModelManagerError);
    assert.deepEqual([error.code, error.cause], ["FAILED", cause]);
    assert.equal(
      error.message,
      `The folder "${dir.join("acme")}" is gone: it was there when the download began`,
    );
  }
  const cancelled = new ModelManagerError("CANCELLED", "Cancelled");
  assert.equal(await explain(dir, fixture, cancelled), cancelled);
});
