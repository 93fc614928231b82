/**
 * `curl`.
 *
 * @module
 */
import { match, strictEqual } from "node:assert/strict";
import { stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Checks,
  type Client,
  CUT_ATTEMPTS,
  digestOf,
  fileUrl,
  type Scene,
  sha256Of,
} from "./client_case.ts";
import { mustRun, runProcess, versionFrom } from "./client_process.ts";

const QUIET = ["-sS", "-f", "-L", "--noproxy", "*"];

function curl(...args: string[]): Promise<string> {
  return mustRun("curl", [...QUIET, ...args]);
}

async function transfers(scene: Scene, checks: Checks): Promise<void> {
  const { large } = scene.expected;
  const target = join(scene.folder, "large");
  const command = [...QUIET, "-C", "-", "-o", target, fileUrl(scene, large)];
  await checks.try("curl -C -, until it is there", async () => {
    let code = -1;
    for (let attempt = 0; attempt < CUT_ATTEMPTS && code !== 0; attempt++) {
      ({ code } = await runProcess("curl", command));
    }
    strictEqual(code, 0);
    strictEqual(await sha256Of(target), digestOf(scene.expected, large));
  });
  await checks.try("curl -C -, what another left", async () => {
    await truncate(target, 1_234_567);
    strictEqual((await runProcess("curl", command)).code, 0);
    strictEqual(await sha256Of(target), digestOf(scene.expected, large));
  });
}

async function rightsOf(scene: Scene, checks: Checks): Promise<void> {
  const { gated, small } = scene.expected;
  const target = join(scene.folder, "gated");
  const url = fileUrl(scene, gated.path, gated.repo);
  const header = `Authorization: Bearer ${scene.token}`;
  await checks.try("a gated file with a token", async () => {
    await curl("-H", header, "-o", target, url);
    strictEqual(await sha256Of(target), gated.sha256);
  });
  await checks.try("a public file with a token", async () => {
    await curl("-H", header, "-o", target, fileUrl(scene, small));
    strictEqual(await sha256Of(target), digestOf(scene.expected, small));
  });
  await checks.try("a gated file without", async () => {
    const status = await runProcess("curl", ["-sS", "-o", target, "-w", "%{http_code}", url]);
    match(status.stdout, /^40[13]$/);
  });
}

async function run(scene: Scene, checks: Checks): Promise<void> {
  await transfers(scene, checks);
  if (scene.isCut) return;
  const { expected, folder } = scene;
  const target = join(folder, "file");
  for (const [name, path] of [["a small file", expected.small], ["an empty file", expected.empty]] as const) {
    await checks.try(name, async () => {
      await curl("-o", target, fileUrl(scene, path));
      strictEqual(await sha256Of(target), digestOf(expected, path));
    });
  }
  await checks.try("odd names", async () => {
    for (const path of expected.odd) {
      await curl("--compressed", "-o", target, fileUrl(scene, path));
      strictEqual(await sha256Of(target), digestOf(expected, path), path);
    }
  });
  await checks.try("-r: a part", async () => {
    await curl("-r", "1000000-1499999", "-o", target, fileUrl(scene, expected.large));
    strictEqual(await sha256Of(target), expected.partSha256);
  });
  await checks.try("-I: commit, digest, size", async () => {
    const head = await mustRun("curl", ["-sS", "-f", "-I", fileUrl(scene, expected.large)]);
    match(head, new RegExp(`^x-repo-commit: ${expected.commit}\r$`, "im"));
    match(head, new RegExp(`^(?:etag|x-linked-etag): "${digestOf(expected, expected.large)}"\r$`, "im"));
    match(
      head,
      new RegExp(`^(?:content-length|x-linked-size): ${expected.files[expected.large]?.sizeBytes}\r$`, "im"),
    );
  });
  await checks.try("--etag-compare: nothing new", async () => {
    const tag = join(folder, "etag");
    await curl("--etag-save", tag, "-o", target, fileUrl(scene, expected.small));
    await writeFile(target, "");
    const said = await curl(
      "--etag-compare",
      tag,
      "-w",
      "%{http_code}",
      "-o",
      target,
      fileUrl(scene, expected.small),
    );
    strictEqual(said, "304");
    strictEqual((await stat(target)).size, 0);
  });
  await rightsOf(scene, checks);
}

/** The command. */
export const CURL: Client = {
  name: "curl",
  version: () => versionFrom("curl", ["--version"], /^curl (\S+)/),
  run,
};
