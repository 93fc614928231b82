/**
 * The `hf` command, of two major versions.
 *
 * @module
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import {
  type Checks,
  type Client,
  CUT_ATTEMPTS,
  digestOf,
  digestsOf,
  type Scene,
  sha256Of,
} from "./client_case.ts";
import { mustRun, runProcess } from "./client_process.ts";
import { CURRENT_PYTHON, hubVersion, PREVIOUS_PYTHON, pythonEnvironment } from "./python_client.ts";

async function digestsBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: [string, string][] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).split(sep).join("/");
    if (entry.isFile() && !name.startsWith(".cache/")) found.push([name, await sha256Of(path)]);
  }
  return Object.fromEntries(found.sort());
}

/** What has arrived stays: the next run goes on. */
async function patiently(scene: Scene, download: () => Promise<string>): Promise<void> {
  for (let left = scene.isCut ? CUT_ATTEMPTS - 1 : 0;; left--) {
    try {
      await download();
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function run(command: string, scene: Scene, checks: Checks): Promise<void> {
  const { expected, folder, token } = scene;
  const { repo, gated, small, commit } = expected;
  const env = { ...pythonEnvironment(scene), NO_COLOR: "1" };
  const hf = (...args: string[]): Promise<string> => mustRun(command, args, { env });
  const all = Object.fromEntries(Object.entries(digestsOf(expected)).sort());
  await checks.try("hf download --local-dir", async () => {
    const local = join(folder, "local");
    await patiently(scene, () => hf("download", repo, "--local-dir", local));
    deepStrictEqual(await digestsBelow(local), all);
  });
  if (scene.isCut) return;
  await checks.try("hf download, one file", async () => {
    const printed = await hf("download", repo, small, "--quiet");
    strictEqual(await sha256Of(printed.trim().split("\n").at(-1) ?? ""), digestOf(expected, small));
  });
  await checks.try("hf download --token, gated", async () => {
    const local = join(folder, "gated");
    await hf("download", gated.repo, gated.path, "--token", token, "--local-dir", local);
    strictEqual(await sha256Of(join(local, gated.path)), gated.sha256);
  });
  await checks.try("hf download, gated without a token", async () => {
    const { code, stderr } = await runProcess(command, ["download", gated.repo, gated.path], { env });
    strictEqual(code, 1);
    match(stderr, /gated|restricted|access/i);
  });
  await checks.try("hf cache verify", async () => {
    await hf("cache", "verify", repo, "--local-dir", join(folder, "local"));
  });
  await checks.try("hf models info", async () => match(await hf("models", "info", repo), new RegExp(commit)));
  await checks.try("hf auth whoami", async () => {
    const said = await mustRun(command, ["auth", "whoami"], { env: { ...env, HF_TOKEN: token } });
    match(said, new RegExp(expected.account));
  });
}

function commandOf(python: string | undefined): string | undefined {
  if (python === undefined) return undefined;
  const beside = join(dirname(python), "hf");
  return existsSync(beside) ? beside : undefined;
}

function hfCommand(name: string, python: string | undefined): Client {
  const command = commandOf(python);
  return {
    name,
    version: () => command === undefined ? undefined : hubVersion(python),
    run: (scene, checks) => run(command ?? "hf", scene, checks),
  };
}

/** The command, in both versions. */
export const HF_COMMANDS: readonly Client[] = [
  hfCommand("hf", CURRENT_PYTHON),
  hfCommand("hf, the major version before", PREVIOUS_PYTHON),
];
