/**
 * `aria2c`.
 *
 * @module
 */
import { notStrictEqual, strictEqual } from "node:assert/strict";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { type Checks, type Client, digestOf, fileUrl, type Scene, sha256Of } from "./client_case.ts";
import { mustRun, runProcess, versionFrom } from "./client_process.ts";

const COMMON = [
  "--no-conf",
  "--quiet",
  "--async-dns=false",
  "--allow-overwrite=true",
  "--auto-file-renaming=false",
  "--file-allocation=none",
  "--max-tries=20",
  "--retry-wait=1",
];
const EIGHT = ["-x8", "-s8", "-k1M"];

async function run(scene: Scene, checks: Checks): Promise<void> {
  const { expected, folder } = scene;
  const { large, small, empty, odd, gated } = expected;
  const aria2 = (name: string, ...args: string[]): Promise<string> =>
    mustRun("aria2c", [...COMMON, "-d", folder, "-o", name, ...args]);
  const token = `--header=Authorization: Bearer ${scene.token}`;
  await checks.try("-x8, large", async () => {
    await aria2("large", ...EIGHT, fileUrl(scene, large));
    strictEqual(await sha256Of(join(folder, "large")), digestOf(expected, large));
  });
  await checks.try("-c, what another left", async () => {
    await truncate(join(folder, "large"), 1_234_567);
    await aria2("large", "-c", "--allow-overwrite=false", fileUrl(scene, large));
    strictEqual(await sha256Of(join(folder, "large")), digestOf(expected, large));
  });
  await checks.try(
    "--checksum",
    () =>
      aria2("checked", ...EIGHT, `--checksum=sha-256=${digestOf(expected, large)}`, fileUrl(scene, large)),
  );
  if (scene.isCut) return;
  for (const [name, path] of [["a small file", small], ["an empty file", empty]] as const) {
    await checks.try(name, async () => {
      await aria2("file", ...EIGHT, fileUrl(scene, path));
      strictEqual(await sha256Of(join(folder, "file")), digestOf(expected, path));
    });
  }
  await checks.try("odd names", async () => {
    for (const path of odd) {
      await aria2("odd", ...EIGHT, fileUrl(scene, path));
      strictEqual(await sha256Of(join(folder, "odd")), digestOf(expected, path), path);
    }
  });
  // It sends the header to the second host, too, which refuses it there.
  if (!scene.hasFileHost) {
    await checks.try("a gated file with a token", async () => {
      await aria2("gated", ...EIGHT, token, fileUrl(scene, gated.path, gated.repo));
      strictEqual(await sha256Of(join(folder, "gated")), gated.sha256);
    });
  }
  await checks.try("a gated file without", async () => {
    const { code } = await runProcess("aria2c", [
      ...COMMON,
      "-d",
      folder,
      "-o",
      "closed",
      fileUrl(scene, gated.path, gated.repo),
    ]);
    notStrictEqual(code, 0);
  });
}

/** The command. */
export const ARIA2: Client = {
  name: "aria2c -x8",
  version: () => versionFrom("aria2c", ["--version"], /version (\S+)/),
  run,
};
